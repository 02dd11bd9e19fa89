namespace PeerProxy.Protocol.Signaling;

/// <summary>An agent's request to be reachable under an id.</summary>
/// <param name="Version">Highest version the agent speaks.</param>
/// <param name="Name">Wanted id; null or empty for a random one. Not yet validated as a <see cref="PeerId"/>: that failure has its own error code.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo of an ECDSA P-256 key, base64url.</param>
/// <param name="Signature">Over the registration statement of section 7, base64url.</param>
/// <param name="Epoch">Milliseconds since 1970 of the agent's start; of two registrations of one key the higher epoch wins.</param>
public sealed record IdRequestPayload(int Version, string? Name, string PublicKey, string Signature, long Epoch) : SignalingPayload(SignalingMessageType.IdRequest)
{
    internal override bool IsAcceptable() =>
        Version >= 1 && Epoch >= 0
        && Name is null or { Length: <= SignalingLimits.MaxIdLength }
        && PublicKey is { Length: > 0 and <= SignalingLimits.MaxPublicKeyLength }
        && Signature is { Length: > 0 and <= SignalingLimits.MaxSignatureLength };
}
