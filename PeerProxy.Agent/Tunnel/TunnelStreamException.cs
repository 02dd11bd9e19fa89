using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>The stream ended before its exchange was complete.</summary>
/// <param name="code">From RESET, or of the end of the connection.</param>
/// <param name="reason">For logs; may come from the peer.</param>
public sealed class TunnelStreamException(TunnelErrorCode code, string reason) : IOException($"The stream ended with {code}. {reason}")
{
    public TunnelErrorCode Code { get; } = code;

    public string Reason { get; } = reason;
}
