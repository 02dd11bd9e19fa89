namespace PeerProxy.Protocol.Signaling;

/// <summary>The node's confirmation of a registration.</summary>
/// <param name="Id">The peer id the agent is reachable under.</param>
/// <param name="Url">The visitor's URL, without the key fragment.</param>
/// <param name="Epoch">The epoch of the request.</param>
/// <param name="LeaseSeconds">How long the registration outlives its socket's node.</param>
public sealed record IdAssignedPayload(string Id, string Url, long Epoch, int LeaseSeconds) : SignalingPayload(SignalingMessageType.IdAssigned)
{
    internal override bool IsAcceptable() => PeerId.IsValid(Id) && Url is { Length: > 0 } && LeaseSeconds >= 0;
}
