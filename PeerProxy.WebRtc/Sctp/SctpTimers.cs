namespace PeerProxy.WebRtc.Sctp;

/// <summary>The timers of an association.</summary>
internal enum SctpTimer
{
    /// <summary>T1 (RFC 9260 section 5.1): repeats INIT or COOKIE-ECHO.</summary>
    Handshake,

    /// <summary>T3-rtx: nothing was acknowledged for a retransmission timeout.</summary>
    Retransmission,

    /// <summary>RACK (RFC 8985 section 6.3): a packet may be late or lost; by then it is lost.</summary>
    Reorder,

    /// <summary>Tail loss probe (RFC 8985 section 7).</summary>
    TailProbe,

    /// <summary>A SACK waits for company.</summary>
    DelayedSack,

    /// <summary>T2: repeats SHUTDOWN or SHUTDOWN-ACK.</summary>
    Shutdown,

    /// <summary>Ends a shutdown that makes no progress (T5, RFC 9260 section 9.2).</summary>
    ShutdownGuard,

    /// <summary>Repeats a RE-CONFIG request.</summary>
    Reconfig,

    /// <summary>The next HEARTBEAT is due.</summary>
    Heartbeat,

    /// <summary>Path MTU discovery: a probe is due, or is deemed lost.</summary>
    MtuProbe,

    /// <summary>A message with a lifetime may have expired.</summary>
    Lifetime,

    /// <summary>Measures the round trip time while the peer uploads, for the receive window.</summary>
    WindowProbe,

    /// <summary>Number of timers.</summary>
    Count,
}

/// <summary>One deadline per timer; the earliest is the association's.</summary>
internal sealed class SctpTimers
{
    private readonly Timestamp[] _deadlines = new Timestamp[(int)SctpTimer.Count];

    public SctpTimers()
    {
        StopAll();
    }

    public Timestamp this[SctpTimer timer] => _deadlines[(int)timer];

    public Timestamp Next
    {
        get
        {
            Timestamp next = Timestamp.Never;
            foreach (Timestamp deadline in _deadlines)
            {
                next = Timestamp.Min(next, deadline);
            }

            return next;
        }
    }

    public bool IsRunning(SctpTimer timer) => this[timer] != Timestamp.Never;

    public void Set(SctpTimer timer, Timestamp deadline) => _deadlines[(int)timer] = deadline;

    public void Stop(SctpTimer timer) => _deadlines[(int)timer] = Timestamp.Never;

    public void StopAll() => Array.Fill(_deadlines, Timestamp.Never);

    /// <summary>Whether a timer ran out; stops it when so.</summary>
    public bool TryExpire(SctpTimer timer, Timestamp now)
    {
        if (this[timer] > now)
        {
            return false;
        }

        Stop(timer);
        return true;
    }
}
