using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>The sending half of an association: fragments messages, paces packets, finds losses and repairs them.</summary>
internal sealed partial class DataSender
{
    /// <summary>A fragment of a larger message is only put behind other chunks when at least this much of it fits.</summary>
    private const int SmallestFillFragment = 200;

    /// <summary>Four packets: smaller messages cost the peer more than they save.</summary>
    public const int LeastPreferredMessageBytes = 4 * 1024;

    private const int MostPreferredMessageBytes = 64 * 1024;

    private static readonly TimeSpan MessageTime = TimeSpan.FromMilliseconds(3);

    private readonly SctpOptions _options;
    private readonly SctpTimers _timers;
    private readonly Queue<SctpEvent> _events;
    private readonly InFlightRing _ring;
    private readonly SendQueue _queue;
    private readonly RttEstimator _rtt;
    private readonly Pacer _pacer = new();
    private readonly DeliveryRateSampler _sampler = new();
    private readonly TsnRangeSet _acknowledged = new(InFlightRing.MaxChunks);
    private ICongestionControl _congestion;
    private int _packetSize;
    private long _peerWindow;
    private bool _probePending;
    private bool _pacingBlocked;

    public DataSender(SctpOptions options, SctpTimers timers, RttEstimator rtt, uint initialTsn, Queue<SctpEvent> events)
    {
        _options = options;
        _timers = timers;
        _rtt = rtt;
        _events = events;
        _ring = new InFlightRing(SerialNumber.Start(initialTsn));
        _queue = new SendQueue(options.SendQueueLimit, interleaved: false);
        _packetSize = options.PacketSize;
        _congestion = Create(options);
        _advancedTsn = _ring.CumulativeTsn;
        _rack = new RackDetector(_ring, rtt);
    }

    /// <summary>The peer takes I-DATA; settled by the handshake before the first chunk goes.</summary>
    public bool Interleaved
    {
        get => _queue.Interleaved;
        set => _queue.Interleaved = value;
    }

    public bool PartialReliability { get; set; }

    /// <summary>Streams on their way to being reset.</summary>
    public int ResettingStreams { get; set; }

    /// <summary>Packet size a lost chunk needs that was cut for a larger path MTU than there is now (a chunk with a TSN cannot be cut again); else 0.</summary>
    public int OversizedRepair =>
        _ring.TryFindLost(out long tsn) && _ring[tsn].WireLength > _packetSize - SctpPacketWriter.HeaderLength
            ? SctpPacketWriter.HeaderLength + _ring[tsn].WireLength
            : 0;

    public SendQueue Queue => _queue;

    public InFlightRing Ring => _ring;

    public ICongestionControl Congestion => _congestion;

    public Pacer Pacer => _pacer;

    public int QueuedBytes => _queue.QueuedBytes;

    /// <summary>Payload bytes of messages not acknowledged, sent or not.</summary>
    public long UnacknowledgedBytes => _queue.QueuedBytes + _ring.UnacknowledgedPayload;

    public bool IsDrained => _queue.IsEmpty && _ring.Count == 0;

    public long PeerWindow => _peerWindow;

    public long DataChunksSent { get; private set; }

    public long DataBytesSent { get; private set; }

    public long ChunksRetransmitted { get; private set; }

    public long ChunksLost { get; private set; }

    public long SpuriousRetransmits { get; private set; }

    public long Timeouts { get; private set; }

    public long TailProbes { get; private set; }

    /// <summary>Retransmission timeouts in a row without any sign of life.</summary>
    public int ConsecutiveTimeouts { get; private set; }

    /// <summary>When paced data may go on; <see cref="Timestamp.Never"/> when the pacer is not what holds it back.</summary>
    public Timestamp PacingDeadline(Timestamp now) => _pacingBlocked ? _pacer.NextRelease(now) : Timestamp.Never;

    /// <summary>Bytes the queue should hold so that the path does not run dry until the application is asked again (10 ms of it).</summary>
    public int QueueTargetBytes
    {
        get
        {
            const int least = 64 * 1024;
            const int most = 1024 * 1024;
            double rate = _congestion.DeliveryRate;
            return (int)Math.Clamp(rate * 0.010, least, most);
        }
    }

    /// <summary>What the path carries in <see cref="MessageTime"/>: a message that was begun holds up more urgent ones for so long.</summary>
    public int PreferredMessageBytes => (int)Math.Clamp(_congestion.DeliveryRate * MessageTime.TotalSeconds, LeastPreferredMessageBytes, MostPreferredMessageBytes);

    /// <summary>The window of the peer's INIT or INIT-ACK.</summary>
    public void OnPeerWindow(uint initialWindow) => _peerWindow = initialWindow;

    public void OnPacketSize(int bytes, Timestamp now)
    {
        _packetSize = bytes;
        _congestion.OnPacketSize(bytes);
        UpdatePacer(now);
    }

    public void OnPathRoundTripTime(TimeSpan roundTripTime, Timestamp now)
    {
        _rtt.Seed(roundTripTime, now);
        _congestion.OnPathRoundTripTime(roundTripTime, now);
        UpdatePacer(now);
    }

    /// <summary>Whether something could be written now if the packet has room; also tells the sampler when the application ran dry.</summary>
    public bool CanSendData(Timestamp now)
    {
        _pacingBlocked = false;
        DropExpired(now);
        if (_probePending)
        {
            return true;
        }

        bool lost = _ring.LostCount > 0;
        if (!lost && (_queue.IsEmpty || _ring.IsFull))
        {
            NoteAppLimited();
            return false;
        }

        if (!lost && !HasPeerWindowFor(_queue.Peek()!))
        {
            NoteAppLimited();
            return false;
        }

        // While reports are truncated, most of what counts as in flight has arrived and only repairs can make that known: they are paced, not windowed.
        bool windowFull = _ring.BytesInFlight >= _congestion.CongestionWindow;
        if (windowFull && !_rack.IsReportTruncated)
        {
            if (_congestion.KeepsQueueShort)
            {
                _pacer.Forgo(now);
            }

            return false;
        }

        if (!_pacer.CanSend(now))
        {
            _pacingBlocked = true;
            return false;
        }

        return !windowFull || lost || _rack.TryMarkSuspect(now);
    }

    /// <summary>Appends as many data chunks as fit, may go, and make sense. False when none did.</summary>
    public bool TryWriteData(ref SctpPacketWriter writer, Timestamp now)
    {
        if (!CanSendData(now))
        {
            return false;
        }

        bool wrote = false;
        bool probe = _probePending;
        _probePending = false;
        if (probe)
        {
            wrote = WriteProbe(ref writer, now);
            if (wrote)
            {
                ArmTimers(now, isProbe: true);
                return true;
            }
        }

        while (_ring.TryFindLost(out long tsn) && WriteLost(ref writer, tsn, now))
        {
            wrote = true;
        }

        if (_ring.LostCount == 0)
        {
            while (WriteNew(ref writer, now))
            {
                wrote = true;
            }
        }

        if (wrote)
        {
            ArmTimers(now, isProbe: false);
        }

        return wrote;
    }

    /// <summary>Queues a message; partial reliability is dropped where the peer cannot skip.</summary>
    public bool TryAdd(ushort streamId, uint payloadProtocol, ReadOnlySpan<byte> payload, in SctpSendOptions options, Timestamp now)
    {
        SctpSendOptions effective = PartialReliability ? options : options with { MaxRetransmits = null, Lifetime = null };
        if (!_queue.TryAdd(streamId, payloadProtocol, payload, effective, now))
        {
            return false;
        }

        if (effective.Lifetime is { } lifetime)
        {
            OnLifetime(now + lifetime);
        }

        return true;
    }

    /// <summary>Gives all memory back.</summary>
    public void Clear()
    {
        for (long tsn = _ring.CumulativeTsn + 1; tsn < _ring.NextTsn; tsn++)
        {
            OutgoingMessage message = _ring[tsn].Message;
            if (--message.OpenFragments == 0 && (message.IsFullySent || message.IsAbandoned))
            {
                message.ReturnBuffer();
            }
        }

        _ring.Clear();
        _queue.Clear();
        ForwardTsnPending = false;
    }

    private static ICongestionControl Create(SctpOptions options) => options.CongestionControl switch
    {
        CongestionAlgorithm.Reno => new RenoControl(options.PacketSize),
        CongestionAlgorithm.Cubic => new CubicControl(options.PacketSize),
        _ => new BbrControl(options.PacketSize, options.RememberedRate),
    };

    private void NoteAppLimited()
    {
        if (_ring.BytesInFlight < _congestion.CongestionWindow)
        {
            _sampler.OnAppLimited(_ring.BytesInFlight);
        }
    }

    /// <summary>RFC 9260 6.1 rule A: one chunk may always be in flight, whatever the window, to learn when it opens.</summary>
    private bool HasPeerWindowFor(OutgoingMessage message)
    {
        long room = _peerWindow - _ring.UnacknowledgedPayload;
        int payload = Math.Min(message.RemainingBytes, MaxPayload);
        return room >= payload || _ring.UnacknowledgedPayload == 0;
    }

    private int MaxPayload => (_packetSize - SctpPacketWriter.HeaderLength - DataChunk.HeaderLengthOf(Interleaved)) & ~3;

    private bool WriteLost(ref SctpPacketWriter writer, long tsn, Timestamp now)
    {
        ref InFlightChunk chunk = ref _ring[tsn];
        if (chunk.Message.MaxRetransmits != OutgoingMessage.Unlimited && chunk.Transmissions > chunk.Message.MaxRetransmits)
        {
            Abandon(chunk.Message, now);
            return false;
        }

        if (chunk.WireLength > writer.Remaining)
        {
            return false;
        }

        Resend(ref writer, tsn, ref chunk, now);
        return true;
    }

    private void Resend(ref SctpPacketWriter writer, long tsn, ref InFlightChunk chunk, Timestamp now)
    {
        _sampler.OnSent(ref chunk, _ring.BytesInFlight, now);
        _ring.MarkResent(tsn);
        ChunksRetransmitted++;

        // The I-bit makes the peer acknowledge a repair at once.
        WriteChunk(ref writer, tsn, chunk, DataChunk.ImmediateFlag);
        _pacer.OnSent(chunk.WireLength);
    }

    private bool WriteNew(ref SctpPacketWriter writer, Timestamp now)
    {
        OutgoingMessage? message = _queue.Peek();
        if (message is null || _ring.IsFull || !HasPeerWindowFor(message))
        {
            return false;
        }

        int header = DataChunk.HeaderLengthOf(Interleaved);
        int room = Math.Min(writer.Remaining - header, ushort.MaxValue - header);
        int remaining = message.RemainingBytes;
        int length = Math.Min(remaining, room);
        if (length <= 0 || (!writer.IsEmpty && length < remaining && (length < SmallestFillFragment || remaining <= MaxPayload)))
        {
            return false;
        }

        if (message.SentBytes == 0)
        {
            BeginMessage(message);
        }

        long inFlightBefore = _ring.BytesInFlight;
        ref InFlightChunk chunk = ref _ring.Add(length, ChunkReader.Padded(header + length), out long tsn);
        chunk.Message = message;
        chunk.Offset = message.SentBytes;
        chunk.FragmentNumber = message.NextFragment++;
        message.OpenFragments++;
        _sampler.OnSent(ref chunk, inFlightBefore, now);
        OutgoingStream stream = message.Stream;
        long queuedBefore = stream.QueuedBytes;
        _queue.OnFragmentSent(message, length);
        DataChunksSent++;
        DataBytesSent += length;

        // RFC 7053: ask for the SACK at once where nothing follows that would bring one.
        bool runsDry = _queue.IsEmpty
            || _ring.BytesInFlight >= _congestion.CongestionWindow
            || _peerWindow - _ring.UnacknowledgedPayload < MaxPayload;
        WriteChunk(ref writer, tsn, chunk, runsDry ? DataChunk.ImmediateFlag : (byte)0);
        _pacer.OnSent(chunk.WireLength);
        TellLowBuffer(stream, queuedBefore);
        return true;
    }

    private void BeginMessage(OutgoingMessage message)
    {
        OutgoingStream stream = message.Stream;
        if (message.IsUnordered)
        {
            message.Number = Interleaved ? stream.NextUnorderedNumber++ : 0;
        }
        else
        {
            message.Number = stream.NextOrderedNumber++;
        }
    }

    private void WriteChunk(ref SctpPacketWriter writer, long tsn, in InFlightChunk chunk, byte flags)
    {
        OutgoingMessage message = chunk.Message;
        if (chunk.Offset == 0)
        {
            flags |= DataChunk.BeginFlag;
        }

        if (chunk.Offset + chunk.PayloadLength == message.Length)
        {
            flags |= DataChunk.EndFlag;
        }

        if (message.IsUnordered)
        {
            flags |= DataChunk.UnorderedFlag;
        }

        var data = new DataChunk
        {
            Flags = flags,
            Tsn = (uint)tsn,
            StreamId = message.Stream.Id,
            MessageNumber = message.Number,
            PayloadProtocol = message.PayloadProtocol,
            FragmentNumber = chunk.FragmentNumber,
            Payload = message.Buffer.AsSpan(chunk.Offset, chunk.PayloadLength),
        };
        if (Interleaved)
        {
            DataChunk.WriteIData(ref writer, data);
        }
        else
        {
            DataChunk.WriteData(ref writer, data);
        }
    }

    private void TellLowBuffer(OutgoingStream stream, long before)
    {
        if (before > stream.LowThreshold && stream.QueuedBytes <= stream.LowThreshold)
        {
            _events.Enqueue(new SctpEvent { Kind = SctpEventKind.BufferedAmountLow, StreamId = stream.Id });
        }
    }

    private void UpdatePacer(Timestamp now) => _pacer.SetRate(_congestion.PacingRate, _packetSize, now);
}
