using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Visitors;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Hosting;

/// <summary>Settings of an <see cref="AgentHost"/>.</summary>
public sealed class AgentHostOptions
{
    /// <summary>The web server to share.</summary>
    public required TargetAddress Target { get; init; }

    /// <summary>The signaling service: an http or https URL.</summary>
    public required Uri Server { get; init; }

    /// <summary>The wanted id; null: the one of the last run, or a random one.</summary>
    public string? Name { get; init; }

    /// <summary>Where key, ids and cookies are kept; null: the default of the user.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Accept any certificate of an https target. Default false.</summary>
    public bool AcceptAnyCertificate { get; init; }

    /// <summary>Send X-Forwarded-Host and X-Forwarded-Proto. Default false.</summary>
    public bool SendForwardedHost { get; init; }

    /// <summary>UDP port for all visitors; 0: chosen by the system.</summary>
    public int UdpPort { get; init; }

    /// <summary>Offer loopback addresses too, for visitors on the same machine. Default false.</summary>
    public bool IncludeLoopback { get; init; }

    /// <summary>Use relayed paths only. Default false.</summary>
    public bool RelayOnly { get; init; }

    /// <summary>STUN and TURN servers besides those of the signaling service.</summary>
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>Visitors at once. Default 500.</summary>
    public int MaxVisitors { get; init; } = VisitorLimits.DefaultMaxVisitors;

    /// <summary>Start although nothing answers at the target yet. Default false.</summary>
    public bool WaitForTarget { get; init; }

    /// <summary>Keep trying when the signaling service cannot be reached at the start. Default false: starting fails.</summary>
    public bool WaitForServer { get; init; }

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Another WebRTC stack; null: our own.</summary>
    public Func<IPeerTransport>? CreateTransport { get; init; }
}
