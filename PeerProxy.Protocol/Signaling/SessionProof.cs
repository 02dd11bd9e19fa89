namespace PeerProxy.Protocol.Signaling;

/// <summary>A visitor's proof that it is the browser it was before: the agent keeps one cookie jar per such key.</summary>
/// <param name="PublicKey">SubjectPublicKeyInfo of the browser's non-extractable P-256 key, base64url.</param>
/// <param name="Signature">Over the session statement of section 7, base64url.</param>
public sealed record SessionProof(string PublicKey, string Signature)
{
    internal bool IsAcceptable() =>
        PublicKey is { Length: > 0 and <= SignalingLimits.MaxPublicKeyLength }
        && Signature is { Length: > 0 and <= SignalingLimits.MaxSignatureLength };
}
