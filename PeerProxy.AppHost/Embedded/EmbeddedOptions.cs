using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Identity;

namespace PeerProxy.AppHost.Embedded;

/// <summary>What the embedded host starts.</summary>
public sealed record EmbeddedOptions
{
    /// <summary>The edge's port if it is free; else the next free one is taken.</summary>
    public const int DefaultPort = SuiteDefaults.EdgePort;

    /// <summary>The web server to expose; null exposes the sample site.</summary>
    public TargetAddress? Target { get; init; }

    /// <summary>Without the sample site; needs <see cref="Target"/>, or nothing is exposed and the suite waits for agents started by hand.</summary>
    public bool NoSample { get; init; }

    /// <summary>First port to try for the edge.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The peer id the agent asks for, so the link is the same every time.</summary>
    public string Name { get; init; } = SuiteDefaults.SiteName;

    /// <summary>Where the agent keeps its key. Default: a folder of its own, apart from the user's agents.</summary>
    public string DataFolder { get; init; } = Path.Combine(AgentDataFolder.Default(), "apphost");

    /// <summary>Number of signaling nodes: two by default, so that routing between nodes is exercised.</summary>
    public int Nodes { get; init; } = SuiteDefaults.SignalingNodes;

    /// <summary>Without a TURN server, even if <c>turnserver</c> is installed.</summary>
    public bool NoTurn { get; init; }

    /// <summary>Shows the services' own log lines, not only warnings.</summary>
    public bool Verbose { get; init; }
}
