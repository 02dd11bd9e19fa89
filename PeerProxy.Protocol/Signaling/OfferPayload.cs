namespace PeerProxy.Protocol.Signaling;

/// <summary>A visitor's offer of a session.</summary>
/// <param name="Sdp">The session description.</param>
/// <param name="Nonce">16 to 64 random bytes, base64url, which the answer's signature covers.</param>
/// <param name="Session">Proof of an earlier session, if the browser has one.</param>
/// <param name="Restart">True when this is an ICE restart of the session the visitor already has.</param>
public sealed record OfferPayload(string Sdp, string Nonce, SessionProof? Session = null, bool Restart = false) : SignalingPayload(SignalingMessageType.Offer)
{
    internal override bool IsAcceptable() =>
        Sdp is { Length: > 0 } && Base64UrlText.IsBytes(Nonce, SignalingLimits.MinNonceBytes, SignalingLimits.MaxNonceBytes)
        && (Session is null || Session.IsAcceptable());
}
