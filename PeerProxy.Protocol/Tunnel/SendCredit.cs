using System.Diagnostics;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>What a sender may still send, on a stream or on the connection (docs/protocol.md, section 4).</summary>
/// <remarks>Invariant: 0 &lt;= <see cref="Sent"/> &lt;= <see cref="Limit"/>. A mutable struct: keep it in a field, never copy it.</remarks>
public struct SendCredit
{
    public SendCredit(long initialLimit)
    {
        Debug.Assert(initialLimit >= 0);
        Limit = initialLimit;
    }

    /// <summary>The peer's absolute limit, in bytes since the start.</summary>
    public long Limit { get; private set; }

    /// <summary>Bytes sent since the start.</summary>
    public long Sent { get; private set; }

    public readonly long Available => Limit - Sent;

    /// <summary>Takes a limit from the peer; a lower one than known is ignored, so CREDIT frames may be reordered.</summary>
    /// <returns>True when there is more to send than before.</returns>
    public bool Raise(ulong limit)
    {
        // Limits beyond 2^63 - 1 bytes mean "no limit"; nobody sends that much.
        var bounded = (long)Math.Min(limit, long.MaxValue);
        if (bounded <= Limit)
        {
            return false;
        }

        Limit = bounded;
        return true;
    }

    /// <summary>Accounts for bytes about to be sent; the caller has made sure that they are <see cref="Available"/>.</summary>
    public void Spend(int bytes)
    {
        Debug.Assert(bytes >= 0 && bytes <= Available, "a sender never exceeds its credit");
        Sent += bytes;
    }
}
