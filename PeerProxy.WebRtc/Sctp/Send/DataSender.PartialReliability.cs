using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp.Send;

/// <content>Giving up messages (RFC 3758, RFC 7496, RFC 8260 section 2.3).</content>
internal sealed partial class DataSender
{
    /// <summary>Streams listed per FORWARD-TSN; the rest follows in the next.</summary>
    private const int MaxForwardStreams = 32;

    private long _advancedTsn;
    private Timestamp _forwardSentAt;
    private Timestamp _nextExpiry = Timestamp.Never;

    /// <summary>The peer must be told to skip chunks.</summary>
    public bool ForwardTsnPending { get; private set; }

    /// <summary>Notes that a message may expire.</summary>
    public void OnLifetime(Timestamp expiresAt)
    {
        if (expiresAt < _nextExpiry)
        {
            _nextExpiry = expiresAt;
            _timers.Set(SctpTimer.Lifetime, expiresAt);
        }
    }

    public bool TryWriteForwardTsn(ref SctpPacketWriter writer, Timestamp now)
    {
        if (!ForwardTsnPending)
        {
            return false;
        }

        Span<(ushort StreamId, bool Unordered, uint Number)> streams = stackalloc (ushort, bool, uint)[MaxForwardStreams];
        int room = (writer.Remaining - 8) / ForwardTsnChunk.EntryLengthOf(Interleaved);
        if (room < 1)
        {
            return false;
        }

        room = Math.Min(room, MaxForwardStreams);
        int count = 0;
        long tsn = _ring.CumulativeTsn;
        while (tsn < _advancedTsn)
        {
            OutgoingMessage message = _ring[tsn + 1].Message;
            if ((Interleaved || !message.IsUnordered) && !TryNote(streams[..room], ref count, message))
            {
                break;
            }

            tsn++;
        }

        ForwardTsnChunk.Write(ref writer, (uint)tsn, streams[..count], Interleaved);
        ForwardTsnPending = false;
        _forwardSentAt = now;
        if (!_timers.IsRunning(SctpTimer.Retransmission))
        {
            _timers.Set(SctpTimer.Retransmission, now + _rtt.Timeout);
        }

        return true;
    }

    private static bool TryNote(Span<(ushort StreamId, bool Unordered, uint Number)> streams, ref int count, OutgoingMessage message)
    {
        for (int i = 0; i < count; i++)
        {
            if (streams[i].StreamId == message.Stream.Id && streams[i].Unordered == message.IsUnordered)
            {
                // TSNs rise with the numbers of a stream: the last one seen is the highest.
                streams[i].Number = message.Number;
                return true;
            }
        }

        if (count == streams.Length)
        {
            return false;
        }

        streams[count++] = (message.Stream.Id, message.IsUnordered, message.Number);
        return true;
    }

    /// <summary>Moves the skip point over abandoned chunks; what the peer has not confirmed is told again once per round trip.</summary>
    private void AdvanceForwardTsn(Timestamp now)
    {
        long before = _advancedTsn;
        _advancedTsn = Math.Max(_advancedTsn, _ring.CumulativeTsn);
        while (_ring.Contains(_advancedTsn + 1) && _ring[_advancedTsn + 1].Fate == ChunkFate.Abandoned)
        {
            _advancedTsn++;
        }

        if (_advancedTsn > _ring.CumulativeTsn)
        {
            ForwardTsnPending |= _advancedTsn > before || now - _forwardSentAt > _rtt.Smoothed;
        }
    }

    private void Abandon(OutgoingMessage message, Timestamp now)
    {
        message.IsAbandoned = true;
        for (long tsn = _ring.CumulativeTsn + 1; tsn < _ring.NextTsn; tsn++)
        {
            ref InFlightChunk chunk = ref _ring[tsn];
            if (chunk.Message == message && chunk.Fate is (ChunkFate.InFlight or ChunkFate.Lost))
            {
                message.Stream.UnacknowledgedBytes -= chunk.PayloadLength;
                _ring.MarkAbandoned(tsn);
            }
        }

        if (!message.IsFullySent)
        {
            long before = message.Stream.QueuedBytes;
            _queue.DropHead(message.Stream);
            TellLowBuffer(message.Stream, before);
        }

        if (message.OpenFragments == 0)
        {
            _queue.Recycle(message);
        }

        AdvanceForwardTsn(now);
    }

    /// <summary>Gives up what outlived its lifetime, queued or in flight.</summary>
    private void DropExpired(Timestamp now)
    {
        if (now < _nextExpiry)
        {
            return;
        }

        _nextExpiry = Timestamp.Never;
        for (long tsn = _ring.CumulativeTsn + 1; tsn < _ring.NextTsn; tsn++)
        {
            ref InFlightChunk chunk = ref _ring[tsn];
            if (chunk.Fate is not (ChunkFate.InFlight or ChunkFate.Lost))
            {
                continue;
            }

            if (chunk.Message.ExpiresAt <= now)
            {
                Abandon(chunk.Message, now);
            }
            else
            {
                _nextExpiry = Timestamp.Min(_nextExpiry, chunk.Message.ExpiresAt);
            }
        }

        foreach (OutgoingStream stream in _queue.Streams)
        {
            while (stream.Head is { } head && head.ExpiresAt <= now)
            {
                Abandon(head, now);
            }

            for (OutgoingMessage? message = stream.Head; message is not null; message = message.Next)
            {
                _nextExpiry = Timestamp.Min(_nextExpiry, message.ExpiresAt);
            }
        }

        _timers.Set(SctpTimer.Lifetime, _nextExpiry);
    }
}
