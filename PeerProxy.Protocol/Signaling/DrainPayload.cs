namespace PeerProxy.Protocol.Signaling;

/// <summary>The node stops: connect again (another node answers), and close this socket once the new one is registered.</summary>
/// <param name="ReconnectWithinSeconds">After this time the node closes the socket.</param>
public sealed record DrainPayload(int ReconnectWithinSeconds) : SignalingPayload(SignalingMessageType.Drain)
{
    internal override bool IsAcceptable() => ReconnectWithinSeconds >= 0;
}
