namespace PeerProxy.Protocol.Signaling;

/// <summary>The sender's session with the recipient is over.</summary>
/// <param name="Reason">Why, for logs.</param>
public sealed record LeavePayload(string? Reason = null) : SignalingPayload(SignalingMessageType.Leave)
{
    internal override bool IsAcceptable() => Reason is null or { Length: <= SignalingLimits.MaxTextLength };
}
