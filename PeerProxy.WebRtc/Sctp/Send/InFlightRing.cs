namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>What is known of a sent chunk.</summary>
internal enum ChunkFate : byte
{
    /// <summary>On its way, as far as we know.</summary>
    InFlight,

    /// <summary>Deemed lost; to be sent again.</summary>
    Lost,

    /// <summary>Acknowledged by a gap block.</summary>
    Acknowledged,

    /// <summary>Given up (RFC 3758); the peer is told to skip it.</summary>
    Abandoned,
}

/// <summary>One sent chunk above the cumulative acknowledgement.</summary>
internal struct InFlightChunk
{
    public OutgoingMessage Message;
    public int Offset;
    public int PayloadLength;

    /// <summary>Bytes of the chunk on the wire: header, payload, padding.</summary>
    public int WireLength;
    public uint FragmentNumber;
    public ChunkFate Fate;
    public bool IsAppLimited;
    public ushort Transmissions;
    public Timestamp SentAt;

    /// <summary>Delivery rate sampling: state of the sampler when the chunk was sent.</summary>
    public Timestamp FirstSentAt;
    public Timestamp DeliveredAt;
    public long Delivered;
    public long InFlightAtSend;

    /// <summary>Neighbours in the list of retransmitted chunks, oldest first; 0 ends it.</summary>
    public long PreviousResent;
    public long NextResent;

    public readonly bool IsRetransmission => Transmissions > 1;
}

/// <summary>Sent chunks by TSN: a ring of structs that grows by doubling, with the counts that must never be summed up on the way.</summary>
internal sealed class InFlightRing(long firstTsn)
{
    /// <summary>Below the 100,000 TSNs browsers accept above their cumulative one.</summary>
    public const int MaxChunks = 65_536;

    private const int InitialChunks = 32;

    private InFlightChunk[] _chunks = new InFlightChunk[InitialChunks];
    private long _oldestResent;
    private long _newestResent;
    private long _lowestLost = long.MaxValue;

    /// <summary>Everything up to here is acknowledged and gone from the ring.</summary>
    public long CumulativeTsn { get; private set; } = firstTsn - 1;

    public long NextTsn { get; private set; } = firstTsn;

    public int Count => (int)(NextTsn - CumulativeTsn - 1);

    public bool IsFull => Count >= MaxChunks;

    /// <summary>Wire bytes in flight.</summary>
    public long BytesInFlight { get; private set; }

    /// <summary>Payload bytes in flight or lost: what the peer's window must have room for.</summary>
    public long UnacknowledgedPayload { get; private set; }

    public int InFlightCount { get; private set; }

    public int LostCount { get; private set; }

    /// <summary>TSN of the retransmission sent longest ago; 0 when there is none in flight.</summary>
    public long OldestResent => _oldestResent;

    public ref InFlightChunk this[long tsn] => ref _chunks[tsn & (_chunks.Length - 1)];

    public bool Contains(long tsn) => tsn > CumulativeTsn && tsn < NextTsn;

    /// <summary>Adds a chunk sent now for the first time; the caller fills the returned slot.</summary>
    public ref InFlightChunk Add(int payloadLength, int wireLength, out long tsn)
    {
        if (Count == _chunks.Length)
        {
            Grow();
        }

        tsn = NextTsn++;
        ref InFlightChunk chunk = ref this[tsn];
        chunk = default;
        chunk.PayloadLength = payloadLength;
        chunk.WireLength = wireLength;
        chunk.Transmissions = 1;
        BytesInFlight += wireLength;
        UnacknowledgedPayload += payloadLength;
        InFlightCount++;
        return ref chunk;
    }

    public void MarkLost(long tsn)
    {
        ref InFlightChunk chunk = ref this[tsn];
        LeaveFlight(ref chunk);
        chunk.Fate = ChunkFate.Lost;
        LostCount++;
        _lowestLost = Math.Min(_lowestLost, tsn);
    }

    public void MarkResent(long tsn)
    {
        ref InFlightChunk chunk = ref this[tsn];
        if (chunk.Fate == ChunkFate.Lost)
        {
            LostCount--;
        }
        else
        {
            LeaveFlight(ref chunk);
        }

        chunk.Fate = ChunkFate.InFlight;
        chunk.Transmissions = (ushort)Math.Min(chunk.Transmissions + 1, ushort.MaxValue);
        BytesInFlight += chunk.WireLength;
        InFlightCount++;
        AppendResent(tsn, ref chunk);
    }

    public void MarkAcknowledged(long tsn) => Close(tsn, ChunkFate.Acknowledged);

    public void MarkAbandoned(long tsn) => Close(tsn, ChunkFate.Abandoned);

    /// <summary>A gap acknowledgement was taken back by the peer: the chunk must be sent again.</summary>
    public void MarkReneged(long tsn)
    {
        ref InFlightChunk chunk = ref this[tsn];
        chunk.Fate = ChunkFate.Lost;
        UnacknowledgedPayload += chunk.PayloadLength;
        LostCount++;
        _lowestLost = Math.Min(_lowestLost, tsn);
    }

    /// <summary>Lowest lost TSN, or false.</summary>
    public bool TryFindLost(out long tsn)
    {
        tsn = 0;
        if (LostCount == 0)
        {
            _lowestLost = long.MaxValue;
            return false;
        }

        tsn = Math.Max(_lowestLost, CumulativeTsn + 1);
        while (this[tsn].Fate != ChunkFate.Lost)
        {
            tsn++;
        }

        _lowestLost = tsn;
        return true;
    }

    /// <summary>Drops the slot after the cumulative TSN; it must be acknowledged or abandoned.</summary>
    public void RemoveFirst()
    {
        CumulativeTsn++;
        this[CumulativeTsn] = default;
    }

    /// <summary>Forgets all chunks; their messages are the caller's to give back.</summary>
    public void Clear()
    {
        Array.Clear(_chunks);
        CumulativeTsn = NextTsn - 1;
        BytesInFlight = UnacknowledgedPayload = 0;
        InFlightCount = LostCount = 0;
        _oldestResent = _newestResent = 0;
        _lowestLost = long.MaxValue;
    }

    private void Close(long tsn, ChunkFate fate)
    {
        ref InFlightChunk chunk = ref this[tsn];
        if (chunk.Fate == ChunkFate.Lost)
        {
            LostCount--;
        }
        else
        {
            LeaveFlight(ref chunk);
        }

        chunk.Fate = fate;
        UnacknowledgedPayload -= chunk.PayloadLength;
    }

    private void LeaveFlight(ref InFlightChunk chunk)
    {
        BytesInFlight -= chunk.WireLength;
        InFlightCount--;
        if (chunk.IsRetransmission)
        {
            RemoveResent(ref chunk);
        }
    }

    private void AppendResent(long tsn, ref InFlightChunk chunk)
    {
        chunk.PreviousResent = _newestResent;
        chunk.NextResent = 0;
        if (_newestResent != 0)
        {
            this[_newestResent].NextResent = tsn;
        }
        else
        {
            _oldestResent = tsn;
        }

        _newestResent = tsn;
    }

    private void RemoveResent(ref InFlightChunk chunk)
    {
        if (chunk.PreviousResent != 0)
        {
            this[chunk.PreviousResent].NextResent = chunk.NextResent;
        }
        else
        {
            _oldestResent = chunk.NextResent;
        }

        if (chunk.NextResent != 0)
        {
            this[chunk.NextResent].PreviousResent = chunk.PreviousResent;
        }
        else
        {
            _newestResent = chunk.PreviousResent;
        }

        chunk.PreviousResent = chunk.NextResent = 0;
    }

    private void Grow()
    {
        var larger = new InFlightChunk[_chunks.Length * 2];
        for (long tsn = CumulativeTsn + 1; tsn < NextTsn; tsn++)
        {
            larger[tsn & (larger.Length - 1)] = this[tsn];
        }

        _chunks = larger;
    }
}
