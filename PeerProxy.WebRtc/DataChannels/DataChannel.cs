namespace PeerProxy.WebRtc.DataChannels;

/// <summary>One data channel of a <see cref="DataChannelSet"/> (RFC 8831). Single-threaded like its association.</summary>
public sealed class DataChannel
{
    private readonly DataChannelSet _set;

    internal DataChannel(DataChannelSet set, ushort id)
    {
        _set = set;
        Id = id;
    }

    /// <summary>Stream id, 0..65534.</summary>
    public ushort Id { get; }

    public string Label { get; internal init; } = "";

    public string Protocol { get; internal init; } = "";

    public bool Ordered { get; internal init; } = true;

    public ushort? MaxRetransmits { get; internal init; }

    public TimeSpan? MaxPacketLifeTime { get; internal init; }

    /// <summary>Both sides made it with the same id; no DCEP.</summary>
    public bool IsNegotiated { get; internal init; }

    /// <summary>The peer opened it.</summary>
    public bool IsRemote { get; internal init; }

    public DataChannelState State { get; internal set; }

    /// <summary>For the user: whatever belongs to this channel.</summary>
    public object? Tag { get; set; }

    /// <summary>Bytes accepted and not yet acknowledged.</summary>
    public long BufferedAmount => _set.Association.GetUnacknowledgedBytes(Id);

    /// <summary>Bytes accepted and not yet sent.</summary>
    public long QueuedBytes => _set.Association.GetQueuedBytes(Id);

    /// <summary>RFC 8832 section 6: until the peer is known to know the channel, messages go ordered, behind the OPEN.</summary>
    internal bool MustSendOrdered { get; set; }

    internal bool IsOutgoingReset { get; set; }

    internal bool IsIncomingReset { get; set; }

    /// <summary>Sends one message of 0 to 262144 bytes; copied. Allowed while connecting (it is queued) and open.</summary>
    /// <param name="urgency">0 (first) to 7 (last).</param>
    /// <returns>False when the channel is closing or closed, the message is too large, or the send queue is full.</returns>
    public bool TrySend(ReadOnlySpan<byte> message, bool isText, Timestamp now, byte urgency = 3) => _set.TrySend(this, message, isText, urgency, now);

    /// <summary>Tells <see cref="DataChannelEventKind.BufferedAmountLow"/> when queued bytes fall from above to at most this.</summary>
    public void SetBufferedAmountLowThreshold(long bytes) => _set.Association.SetBufferedAmountLowThreshold(Id, bytes);

    /// <summary>Closes in order: what was accepted is delivered first. Closed is told when both sides have reset the stream.</summary>
    public void Close(Timestamp now) => _set.Close(this, now);
}
