using System.Text.Json;

namespace PeerProxy.Protocol.Signaling;

/// <summary>Answers a <see cref="PingPayload"/>.</summary>
/// <param name="T">What the ping carried.</param>
public sealed record PongPayload(JsonElement? T = null) : SignalingPayload(SignalingMessageType.Pong)
{
    internal override bool IsAcceptable() => true;
}
