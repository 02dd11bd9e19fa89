namespace PeerProxy.WebRtc.Ice;

/// <summary>Something the driver should know; which members count depends on <see cref="Kind"/>.</summary>
public readonly record struct IceEvent(
    IceEventKind Kind, IceState State = default, IcePath Path = default, IceCandidate? Candidate = null, CandidateIgnoredReason Reason = default);
