namespace PeerProxy.Protocol.Signaling;

/// <summary>An agent's answer to an offer.</summary>
/// <param name="Sdp">The session description.</param>
/// <param name="PublicKey">The agent's SubjectPublicKeyInfo, base64url.</param>
/// <param name="Signature">Over the answer statement of section 7, base64url.</param>
public sealed record AnswerPayload(string Sdp, string PublicKey, string Signature) : SignalingPayload(SignalingMessageType.Answer)
{
    internal override bool IsAcceptable() =>
        Sdp is { Length: > 0 }
        && PublicKey is { Length: > 0 and <= SignalingLimits.MaxPublicKeyLength }
        && Signature is { Length: > 0 and <= SignalingLimits.MaxSignatureLength };
}
