using System.Diagnostics;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>What a receiver has granted, received and consumed, on a stream or on the connection (docs/protocol.md, section 4).</summary>
/// <remarks>Invariant: 0 &lt;= <see cref="Consumed"/> &lt;= <see cref="Received"/> &lt;= <see cref="Limit"/> and <see cref="Limit"/> &lt;= <see cref="Consumed"/> + <see cref="Window"/>
/// at the time of a grant. So at most a window of bytes waits in memory. A mutable struct: keep it in a field, never copy it.</remarks>
public struct ReceiveCredit
{
    public ReceiveCredit(long window)
    {
        Debug.Assert(window > 0);
        Window = window;
        Limit = window;
    }

    /// <summary>Bytes the peer may be ahead of the consumer.</summary>
    public long Window { get; private set; }

    /// <summary>The absolute limit granted so far.</summary>
    public long Limit { get; private set; }

    public long Received { get; private set; }

    public long Consumed { get; private set; }

    /// <summary>Received and not yet consumed.</summary>
    public readonly long Held => Received - Consumed;

    /// <summary>Accounts for bytes that arrived.</summary>
    /// <returns>False when the peer went over the limit: FLOW_CONTROL.</returns>
    public bool TryReceive(int bytes)
    {
        Debug.Assert(bytes >= 0);
        if (bytes > Limit - Received)
        {
            return false;
        }

        Received += bytes;
        return true;
    }

    /// <summary>Accounts for bytes that were read by the consumer, or dropped.</summary>
    /// <returns>True when <paramref name="newLimit"/> should go to the peer: half of the window is consumed, so the grant is on its way before the sender stalls.</returns>
    public bool Consume(int bytes, out long newLimit)
    {
        Debug.Assert(bytes >= 0 && bytes <= Held, "nothing is consumed before it is received");
        Consumed += bytes;
        newLimit = Consumed + Window;
        if (newLimit - Limit < (Window + 1) / 2)
        {
            return false;
        }

        Limit = newLimit;
        return true;
    }

    /// <summary>Makes the window larger; the next grant uses it.</summary>
    public void Widen(long window) => Window = Math.Max(Window, window);
}
