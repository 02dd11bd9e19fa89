namespace PeerProxy.Agent.Visitors;

/// <summary>Limits of what visitors can make an agent do.</summary>
public static class VisitorLimits
{
    /// <summary>Visitors at once: at under 1 MB each while active, what a small machine can serve.</summary>
    public const int DefaultMaxVisitors = 500;

    /// <summary>Candidates that wait for their offer to be taken: browsers send some ten.</summary>
    public const int MaxWaitingCandidates = 64;
}
