using System.Text.Json;

namespace PeerProxy.Protocol.Signaling;

/// <summary>Asks for a <see cref="PongPayload"/>; both sides may.</summary>
/// <param name="T">Opaque, echoed in the pong.</param>
public sealed record PingPayload(JsonElement? T = null) : SignalingPayload(SignalingMessageType.Ping)
{
    internal override bool IsAcceptable() => true;
}
