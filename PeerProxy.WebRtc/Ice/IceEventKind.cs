namespace PeerProxy.WebRtc.Ice;

/// <summary>What an <see cref="IceEvent"/> tells.</summary>
public enum IceEventKind
{
    /// <summary><see cref="IceEvent.State"/> is the new state.</summary>
    StateChanged,

    /// <summary>The first path of this generation can carry data: an authenticated check arrived on it, or an own check was answered. The moment for an early DTLS hello.</summary>
    PathUsable,

    /// <summary>An own check was answered for the first time in this generation; the path's round-trip time is known. The moment to repeat the hello.</summary>
    PathConfirmed,

    /// <summary><see cref="IceEvent.Path"/> is the path to send on from now on.</summary>
    PathChanged,

    /// <summary>No answer for the consent time on the selected path: nothing may be sent on it any more (RFC 7675). <see cref="IceEvent.Path"/> is the path lost.</summary>
    ConsentLost,

    /// <summary><see cref="IceEvent.Candidate"/> names a host: the driver may resolve it and add it again with the address.</summary>
    NeedsResolution,

    /// <summary><see cref="IceEvent.Candidate"/> is not used, for <see cref="IceEvent.Reason"/>.</summary>
    CandidateIgnored,
}
