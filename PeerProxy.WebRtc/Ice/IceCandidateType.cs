namespace PeerProxy.WebRtc.Ice;

/// <summary>Kind of a candidate (RFC 8445 section 5.1.1).</summary>
public enum IceCandidateType
{
    Host,
    ServerReflexive,
    PeerReflexive,
    Relayed,
}
