using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// Routes <see cref="Path"/> of every host to the signaling nodes (YARP, WebSockets included). Nodes are interchangeable, so there is no affinity:
/// a new socket goes to the node with the fewest open ones, and a node that fails its health check or refuses connections gets none.
/// </summary>
/// <remarks>
/// Nodes come from <c>Signaling:Nodes</c> (a list, or one string separated by commas or semicolons), else from service discovery's
/// <c>services:signaling:http</c> and <c>:https</c>. With <c>Signaling:ResolveDns=true</c> every address of a node's name is a node of its own (replicas behind one name).
/// </remarks>
public static class SignalingRoute
{
    /// <summary>Path of the signaling WebSocket on every host.</summary>
    public const string Path = "/.peerproxy/signal";

    private const string Cluster = "signaling";

    /// <summary>A dead node is out after two missed checks, so sockets that reconnect find a live one within the reconnect time of an agent.</summary>
    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(1);

    /// <summary>A dead process refuses at once; a busy one deserves a moment before its sockets go elsewhere.</summary>
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Several times the heartbeat of agents and visitors: only a dead socket is silent that long.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(3);

    internal static void AddSignalingRoute(this WebApplicationBuilder builder)
    {
        var nodes = ReadNodes(builder.Configuration);
        var proxy = builder.Services.AddReverseProxy().LoadFromMemory([Route()], [ClusterOf(nodes)]);
        if (builder.Configuration.GetValue<bool>("Signaling:ResolveDns"))
        {
            proxy.AddDnsDestinationResolver(options => options.RefreshPeriod = TimeSpan.FromSeconds(5));
        }

        // YARP brings data protection for session affinity, which is not used here; its hosted service would write keys to the home folder.
        foreach (var keyRing in builder.Services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
        {
            builder.Services.Remove(keyRing);
        }
    }

    /// <summary>The configured addresses of the signaling nodes.</summary>
    /// <exception cref="InvalidOperationException">An entry is not an absolute http or https URL.</exception>
    public static IReadOnlyList<string> ReadNodes(IConfiguration configuration)
    {
        var nodes = Values(configuration.GetSection("Signaling:Nodes"));
        if (nodes.Count == 0)
        {
            nodes = [.. Values(configuration.GetSection("services:signaling:http")), .. Values(configuration.GetSection("services:signaling:https"))];
        }

        foreach (var node in nodes)
        {
            if (!Uri.TryCreate(node, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new InvalidOperationException($"Signaling:Nodes has '{node}', which is not an http or https URL.");
            }
        }

        return nodes;
    }

    private static List<string> Values(IConfigurationSection section) =>
        section.Value is { } list
            ? [.. list.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]
            : [.. section.GetChildren().Select(child => child.Value).OfType<string>()];

    private static RouteConfig Route() => new()
    {
        RouteId = Cluster,
        ClusterId = Cluster,
        Match = new RouteMatch { Path = Path },
    };

    private static ClusterConfig ClusterOf(IReadOnlyList<string> nodes) => new()
    {
        ClusterId = Cluster,
        LoadBalancingPolicy = LoadBalancingPolicies.LeastRequests,
        Destinations = nodes.Select((address, index) => (address, name: $"node-{index + 1}"))
            .ToDictionary(node => node.name, node => new DestinationConfig { Address = node.address }),
        HealthCheck = new HealthCheckConfig
        {
            Active = new ActiveHealthCheckConfig
            {
                Enabled = true,
                Interval = HealthInterval,
                Timeout = HealthTimeout,
                Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                Path = ServiceDefaults.HealthEndpoints.ReadyPath,
            },
            Passive = new PassiveHealthCheckConfig
            {
                Enabled = true,
                Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate,
                ReactivationPeriod = TimeSpan.FromSeconds(5),
            },
            // With every node marked down, trying one beats refusing: the check may be what is broken.
            AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
        },
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = IdleTimeout },
    };
}
