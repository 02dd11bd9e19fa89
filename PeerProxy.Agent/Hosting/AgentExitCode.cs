namespace PeerProxy.Agent.Hosting;

/// <summary>Exit codes of <c>peerproxy</c>, each for one kind of failure.</summary>
public enum AgentExitCode
{
    /// <summary>Stopped by Ctrl-C or SIGTERM, or nothing to do.</summary>
    Ok = 0,

    /// <summary>A bug of ours.</summary>
    Unexpected = 1,

    /// <summary>The command line makes no sense.</summary>
    Usage = 2,

    /// <summary>Nothing answers at the target, or its certificate is not trusted.</summary>
    TargetRefused = 3,

    /// <summary>The name belongs to somebody else, is malformed, or was taken over by another agent with the same key.</summary>
    NameRefused = 4,

    /// <summary>The signaling service cannot be reached, or does not take this agent.</summary>
    ServerUnreachable = 5,

    /// <summary>The data folder or the key in it cannot be used.</summary>
    DataFolder = 6,
}
