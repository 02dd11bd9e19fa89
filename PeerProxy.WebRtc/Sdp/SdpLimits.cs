namespace PeerProxy.WebRtc.Sdp;

/// <summary>What a description may cost. Browsers' data-channel descriptions are about 1 KB; with audio and video about 8 KB.</summary>
public static class SdpLimits
{
    /// <summary>The signaling message limit: nothing longer can arrive anyway.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>A browser with dozens of media sections stays below.</summary>
    public const int MaxLines = 4096;

    /// <summary>Candidates kept; later ones are ignored, as they would be by the check list.</summary>
    public const int MaxCandidates = Ice.IceAgent.MaxRemoteCandidates;

    /// <summary>Sections that are answered one by one; more than any page makes.</summary>
    public const int MaxMediaSections = 128;

    /// <summary>Algorithms a certificate is hashed with; two are usual.</summary>
    public const int MaxFingerprints = 16;

    /// <summary>An INIT chunk in a=sctp-init is about 100 bytes.</summary>
    public const int MaxSctpInitLength = 1024;
}
