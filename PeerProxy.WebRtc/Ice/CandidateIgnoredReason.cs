namespace PeerProxy.WebRtc.Ice;

/// <summary>Why a candidate takes no part in the checks.</summary>
public enum CandidateIgnoredReason
{
    None,

    /// <summary>ICE-TCP is not spoken.</summary>
    UnsupportedTransport,

    /// <summary>Not component 1.</summary>
    UnsupportedComponent,

    /// <summary>Port 0, or an unspecified or multicast address.</summary>
    UnusableAddress,

    /// <summary>Already known, or redundant with one on the same base.</summary>
    Duplicate,

    /// <summary>It belongs to credentials of before a restart.</summary>
    OldGeneration,

    /// <summary>One side has more candidates than are worth checking.</summary>
    LimitReached,
}
