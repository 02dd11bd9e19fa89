namespace PeerProxy.Protocol.Signaling;

/// <summary>One signaling message: who it is for, who it is from, and what it says.</summary>
/// <param name="Payload">What it says; its type decides <c>mtype</c>.</param>
/// <param name="Recipient">Connection id it is for; null when it is for the node, or from the node to this socket.</param>
/// <param name="Sender">Connection id it is from. The node sets it; what a client sends here is ignored.</param>
public sealed record SignalingEnvelope(SignalingPayload Payload, string? Recipient = null, string? Sender = null);
