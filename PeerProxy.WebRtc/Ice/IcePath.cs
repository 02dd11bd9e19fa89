namespace PeerProxy.WebRtc.Ice;

/// <summary>Where data goes: the local socket or allocation, and the remote address.</summary>
/// <param name="BaseId">The local candidate's <see cref="IceCandidate.BaseId"/>.</param>
/// <param name="RoundTripTime">Smoothed over the answers to own checks; null before the first.</param>
/// <param name="LocalType">Type of the local candidate the base was announced with.</param>
/// <param name="RemoteType">Type of the remote candidate; peer-reflexive when no announced candidate has this address.</param>
public readonly record struct IcePath(
    int BaseId, TransportAddress Remote, TimeSpan? RoundTripTime, IceCandidateType LocalType, IceCandidateType RemoteType)
{
    /// <summary>True when a TURN relay that this side can see carries the data.</summary>
    public bool IsRelayed => LocalType == IceCandidateType.Relayed || RemoteType == IceCandidateType.Relayed;
}
