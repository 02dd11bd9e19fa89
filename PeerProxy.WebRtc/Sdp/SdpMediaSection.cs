namespace PeerProxy.WebRtc.Sdp;

/// <summary>An m-line as far as an answer has to repeat it (RFC 8829 section 5.3.1: same number, same order).</summary>
/// <param name="Media">"application", "audio", "video".</param>
/// <param name="Protocol">"UDP/DTLS/SCTP" for data channels.</param>
/// <param name="Formats">The rest of the m-line.</param>
public sealed record SdpMediaSection(string Media, string Protocol, string Formats, string? Mid);
