namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Where a stream is on the way of resetting our side of it (RFC 6525).</summary>
internal enum StreamResetState
{
    None,

    /// <summary>Asked for; what is queued is still being delivered, nothing new is taken.</summary>
    Draining,

    /// <summary>In a RE-CONFIG request.</summary>
    Requested,
}

/// <summary>Our side of one stream: its queue, its numbers, its byte counts.</summary>
internal sealed class OutgoingStream(ushort id)
{
    public ushort Id { get; } = id;

    public OutgoingMessage? Head { get; private set; }

    private OutgoingMessage? _tail;

    /// <summary>The last unordered message of each urgency.</summary>
    private OutgoingMessage?[]? _lastOf;

    /// <summary>Ordered messages in the queue: nothing overtakes while there are any.</summary>
    private int _orderedMessages;

    /// <summary>Next in the scheduler's ring of streams of the same urgency.</summary>
    public OutgoingStream? NextInTurn { get; set; }

    public bool IsScheduled { get; set; }

    /// <summary>Accepted, not sent.</summary>
    public long QueuedBytes { get; set; }

    /// <summary>Accepted, not acknowledged.</summary>
    public long UnacknowledgedBytes { get; set; }

    public long LowThreshold { get; set; }

    public StreamResetState ResetState { get; set; }

    /// <summary>SSN (low 16 bits) or MID of the next ordered message.</summary>
    public uint NextOrderedNumber { get; set; }

    /// <summary>MID of the next unordered message (I-DATA only).</summary>
    public uint NextUnorderedNumber { get; set; }

    /// <summary>Queues a message: an ordered one at the end, an unordered one before those that are less urgent. One that was begun stays first.</summary>
    public void Add(OutgoingMessage message)
    {
        if (!message.IsUnordered)
        {
            _orderedMessages++;
        }

        OutgoingMessage? before = _orderedMessages > 0 || _tail is null || _tail.Urgency <= message.Urgency ? _tail : FindLastNotAfter(message.Urgency);
        if (before is null)
        {
            message.Next = Head;
            Head = message;
        }
        else
        {
            message.Next = before.Next;
            before.Next = message;
        }

        if (message.Next is null)
        {
            _tail = message;
        }

        if (message.IsUnordered)
        {
            _lastOf ??= new OutgoingMessage?[SctpSendOptions.LeastUrgent + 1];
            _lastOf[message.Urgency] = message;
        }
    }

    public OutgoingMessage RemoveHead()
    {
        OutgoingMessage head = Head!;
        Head = head.Next;
        head.Next = null;
        if (!head.IsUnordered)
        {
            _orderedMessages--;
        }
        else if (_lastOf![head.Urgency] == head)
        {
            _lastOf[head.Urgency] = null;
        }

        if (Head is null)
        {
            _tail = null;
        }

        return head;
    }

    /// <summary>The message behind which one of this urgency goes; null: it goes first.</summary>
    private OutgoingMessage? FindLastNotAfter(byte urgency)
    {
        for (int level = urgency; level >= 0; level--)
        {
            if (_lastOf![level] is { SentBytes: 0 } last)
            {
                return last;
            }
        }

        return Head is { SentBytes: > 0 } begun ? begun : null;
    }

    /// <summary>Numbers start at zero again after a reset was done.</summary>
    public void ResetNumbers()
    {
        NextOrderedNumber = 0;
        NextUnorderedNumber = 0;
        ResetState = StreamResetState.None;
    }
}
