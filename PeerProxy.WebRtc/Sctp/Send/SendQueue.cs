namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Messages not yet sent: a queue per stream, streams taking turns message by message within an urgency, more urgent ones first. Within a stream
/// unordered messages overtake less urgent ones.</summary>
/// <remarks>Without interleaving a message that was begun is finished before another starts, as its fragments need consecutive TSNs.</remarks>
internal sealed class SendQueue(int limitBytes, bool interleaved)
{
    /// <summary>Message shells kept for reuse.</summary>
    private const int MaxPooled = 1024;

    private const int UrgencyLevels = SctpSendOptions.LeastUrgent + 1;

    private readonly Dictionary<ushort, OutgoingStream> _streams = [];
    private readonly Stack<OutgoingMessage> _pool = new();
    private readonly OutgoingStream?[] _heads = new OutgoingStream?[UrgencyLevels];
    private readonly OutgoingStream?[] _tails = new OutgoingStream?[UrgencyLevels];
    private readonly int[] _queuedBytes = new int[UrgencyLevels];
    private OutgoingStream? _current;

    public bool Interleaved { get; set; } = interleaved;

    /// <summary>Accepted, not sent.</summary>
    public int QueuedBytes { get; private set; }

    public bool IsEmpty => QueuedBytes == 0;

    public IEnumerable<OutgoingStream> Streams => _streams.Values;

    public int GetQueuedBytesUpTo(byte urgency)
    {
        int bytes = 0;
        for (int level = 0; level <= urgency; level++)
        {
            bytes += _queuedBytes[level];
        }

        return bytes;
    }

    public OutgoingStream? Find(ushort streamId) => _streams.GetValueOrDefault(streamId);

    public OutgoingStream Get(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out OutgoingStream? stream))
        {
            stream = new OutgoingStream(streamId);
            _streams.Add(streamId, stream);
        }

        return stream;
    }

    public bool TryAdd(ushort streamId, uint payloadProtocol, ReadOnlySpan<byte> payload, in SctpSendOptions options, Timestamp now)
    {
        if (QueuedBytes > 0 && QueuedBytes + (long)payload.Length > limitBytes)
        {
            return false;
        }

        OutgoingStream stream = Get(streamId);
        if (stream.ResetState != StreamResetState.None)
        {
            return false;
        }

        OutgoingMessage message = _pool.TryPop(out OutgoingMessage? pooled) ? pooled : new OutgoingMessage();
        message.Fill(stream, payloadProtocol, payload, options, now);
        OutgoingMessage? headBefore = stream.Head;
        stream.Add(message);
        stream.QueuedBytes += payload.Length;
        stream.UnacknowledgedBytes += payload.Length;
        QueuedBytes += payload.Length;
        _queuedBytes[message.Urgency] += payload.Length;
        if (stream == _current)
        {
            return true;
        }

        if (stream.IsScheduled && stream.Head != headBefore)
        {
            Unschedule(stream);
        }

        if (!stream.IsScheduled)
        {
            Schedule(stream);
        }

        return true;
    }

    /// <summary>The message whose fragment goes next; stays the same until <see cref="OnFragmentSent"/> or <see cref="DropHead"/>.</summary>
    public OutgoingMessage? Peek()
    {
        // One that was begun stays; one that was only looked at gives way to what is more urgent.
        int end = UrgencyLevels;
        if (_current is not null)
        {
            OutgoingMessage head = _current.Head!;
            end = head.SentBytes > 0 && !Interleaved ? 0 : head.Urgency;
        }

        for (int level = 0; level < end; level++)
        {
            if (_heads[level] is { } stream)
            {
                _heads[level] = stream.NextInTurn;
                if (_heads[level] is null)
                {
                    _tails[level] = null;
                }

                stream.NextInTurn = null;
                stream.IsScheduled = false;
                if (_current is { } overtaken)
                {
                    ScheduleFirst(overtaken);
                }

                _current = stream;
                return stream.Head;
            }
        }

        return _current?.Head;
    }

    /// <summary>Bytes of the peeked message were cut into a fragment.</summary>
    public void OnFragmentSent(OutgoingMessage message, int length)
    {
        OutgoingStream stream = message.Stream;
        message.SentBytes += length;
        stream.QueuedBytes -= length;
        QueuedBytes -= length;
        _queuedBytes[message.Urgency] -= length;
        if (message.IsFullySent)
        {
            stream.RemoveHead();
            EndTurn(stream);
        }
        else if (Interleaved)
        {
            EndTurn(stream);
        }
    }

    /// <summary>Takes the head of a stream's queue out without sending what is left of it.</summary>
    public void DropHead(OutgoingStream stream)
    {
        OutgoingMessage message = stream.RemoveHead();
        int rest = message.RemainingBytes;
        stream.QueuedBytes -= rest;
        stream.UnacknowledgedBytes -= rest;
        QueuedBytes -= rest;
        _queuedBytes[message.Urgency] -= rest;
        if (stream == _current)
        {
            EndTurn(stream);
        }
        else if (stream.Head is null)
        {
            Unschedule(stream);
        }
    }

    /// <summary>Gives a message's memory back once nothing of it is needed.</summary>
    public void Recycle(OutgoingMessage message)
    {
        message.ReturnBuffer();
        if (_pool.Count < MaxPooled)
        {
            _pool.Push(message);
        }
    }

    /// <summary>Drops everything queued.</summary>
    public void Clear()
    {
        foreach (OutgoingStream stream in _streams.Values)
        {
            while (stream.Head is not null)
            {
                stream.RemoveHead().ReturnBuffer();
            }

            stream.QueuedBytes = 0;
            stream.IsScheduled = false;
            stream.NextInTurn = null;
        }

        Array.Clear(_heads);
        Array.Clear(_tails);
        Array.Clear(_queuedBytes);
        _current = null;
        QueuedBytes = 0;
    }

    private void EndTurn(OutgoingStream stream)
    {
        _current = null;
        if (stream.Head is not null)
        {
            Schedule(stream);
        }
    }

    private void Schedule(OutgoingStream stream)
    {
        int level = stream.Head!.Urgency;
        stream.IsScheduled = true;
        stream.NextInTurn = null;
        if (_tails[level] is { } tail)
        {
            tail.NextInTurn = stream;
        }
        else
        {
            _heads[level] = stream;
        }

        _tails[level] = stream;
    }

    private void ScheduleFirst(OutgoingStream stream)
    {
        int level = stream.Head!.Urgency;
        stream.IsScheduled = true;
        stream.NextInTurn = _heads[level];
        _heads[level] = stream;
        _tails[level] ??= stream;
    }

    private void Unschedule(OutgoingStream stream)
    {
        for (int level = 0; level < UrgencyLevels; level++)
        {
            OutgoingStream? previous = null;
            for (OutgoingStream? s = _heads[level]; s is not null; previous = s, s = s.NextInTurn)
            {
                if (s != stream)
                {
                    continue;
                }

                if (previous is null)
                {
                    _heads[level] = s.NextInTurn;
                }
                else
                {
                    previous.NextInTurn = s.NextInTurn;
                }

                if (_tails[level] == s)
                {
                    _tails[level] = previous;
                }

                s.NextInTurn = null;
                s.IsScheduled = false;
                return;
            }
        }
    }
}
