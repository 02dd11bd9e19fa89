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

    public void Append(OutgoingMessage message)
    {
        if (_tail is null)
        {
            Head = message;
        }
        else
        {
            _tail.Next = message;
        }

        _tail = message;
    }

    public OutgoingMessage RemoveHead()
    {
        OutgoingMessage head = Head!;
        Head = head.Next;
        head.Next = null;
        if (Head is null)
        {
            _tail = null;
        }

        return head;
    }

    /// <summary>Numbers start at zero again after a reset was done.</summary>
    public void ResetNumbers()
    {
        NextOrderedNumber = 0;
        NextUnorderedNumber = 0;
        ResetState = StreamResetState.None;
    }
}
