namespace PeerProxy.Protocol.Signaling;

/// <summary>The node's first message on each socket.</summary>
/// <param name="Nonce">32 random bytes, base64url: what an agent signs to register.</param>
/// <param name="Node">Name of the node, for diagnosis.</param>
/// <param name="Version">Highest version the node speaks.</param>
public sealed record ChallengePayload(string Nonce, string Node, int Version) : SignalingPayload(SignalingMessageType.Challenge)
{
    internal override bool IsAcceptable() =>
        Base64UrlText.IsBytes(Nonce, SignalingLimits.ChallengeNonceBytes, SignalingLimits.ChallengeNonceBytes)
        && Node is { Length: <= SignalingLimits.MaxWordLength } && Version >= 1;
}
