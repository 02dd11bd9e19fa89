namespace PeerProxy.Protocol.Signaling;

/// <summary>One trickled ICE candidate.</summary>
/// <param name="Candidate">The value of the SDP attribute, <c>candidate:...</c>; empty at the end of candidates.</param>
/// <param name="SdpMid">The media section it belongs to.</param>
public sealed record CandidatePayload(string Candidate, string? SdpMid = null) : SignalingPayload(SignalingMessageType.Candidate)
{
    internal override bool IsAcceptable() =>
        Candidate is { Length: <= SignalingLimits.MaxCandidateLength } && SdpMid is null or { Length: <= SignalingLimits.MaxSdpMidLength };
}
