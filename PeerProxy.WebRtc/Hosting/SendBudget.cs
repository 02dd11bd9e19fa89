namespace PeerProxy.WebRtc.Hosting;

/// <summary>What all connections of a loop have queued for sending: a few busy ones may queue as much as their pace asks for, many at once no more than they need to go on. On the loop only.</summary>
/// <remarks>A pace is an estimate of what the path would take; where two hundred connections wait for the same processor, each of them finds a path that would take everything.</remarks>
internal sealed class SendBudget
{
    private long _queued;

    /// <summary>True while the connections hold so much together that each is kept to its least.</summary>
    public bool IsSpent => _queued > HostingLimits.SharedQueueBytes;

    /// <param name="wanted">Bytes a connection's pace asks for.</param>
    public int LimitQueue(int wanted) => IsSpent ? Math.Min(wanted, HostingLimits.LeastQueueBytes) : wanted;

    /// <param name="wanted">Bytes of a message at the connection's pace.</param>
    public int LimitMessage(int wanted) => IsSpent ? Math.Min(wanted, HostingLimits.LeastQueueBytes / 4) : wanted;

    /// <summary>A connection has queued more, or less.</summary>
    public void Add(long bytes) => _queued += bytes;
}
