using PeerProxy.Agent.Forwarding;
using PeerProxy.SampleSite;
using PeerProxy.Signaling;
using PeerProxy.WebClient;

namespace PeerProxy.AppHost.Embedded;

/// <summary>
/// The whole system in one process, as a picture: registry and TURN; signaling nodes on the registry; the edge in front of the nodes; a site and
/// the agent that exposes it. Parts start in that order and stop in the reverse one, so that nothing loses what it leans on.
/// </summary>
public sealed class EmbeddedSuite : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();

    private EmbeddedSuite(EmbeddedOptions options) => EdgeUrl = new Uri($"http://localhost:{FreePort.From(options.Port)}");

    /// <summary>The edge, as a person would type it.</summary>
    public Uri EdgeUrl { get; }

    /// <summary>The link to the exposed site, or null if nothing is exposed.</summary>
    public Uri? Link { get; private set; }

    /// <summary>Completes when the agent ends; it then faults if the agent was refused for good. Never completes without an agent.</summary>
    public Task AgentEnded { get; private set; } = Task.Delay(Timeout.Infinite);

    /// <summary>Starts everything; on failure what runs already is stopped again.</summary>
    /// <exception cref="SuiteStartException">A part does not start.</exception>
    public static async Task<EmbeddedSuite> StartAsync(EmbeddedOptions options, StartupReport report, CancellationToken cancellationToken)
    {
        var suite = new EmbeddedSuite(options);
        try
        {
            await suite.StartPartsAsync(options, report, cancellationToken);
            return suite;
        }
        catch
        {
            await suite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops every part, last started first.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private async Task StartPartsAsync(EmbeddedOptions options, StartupReport report, CancellationToken cancellationToken)
    {
        var registry = Keep(await RegistryServer.StartAsync(cancellationToken));
        report.Running("registry", registry.Description);
        var turn = await StartTurnAsync(options, report, cancellationToken);

        var nodes = new List<Uri>();
        for (var number = 1; number <= options.Nodes; number++)
        {
            var node = await StartServiceAsync(
                $"signaling node {number}", SignalingApp.Build, "http://127.0.0.1:0", SignalingSettings(registry, turn), options, cancellationToken);
            nodes.Add(node.Address);
        }

        report.Running("signaling", string.Join(", ", nodes.Select(node => node.Authority)));

        await StartServiceAsync("edge", EdgeApp.Build, EdgeUrl.GetLeftPart(UriPartial.Authority), EdgeSettings(nodes), options, cancellationToken);
        report.Running("edge", EdgeUrl.Port == options.Port ? EdgeUrl.ToString() : $"{EdgeUrl} (port {options.Port} is taken)");

        if (await StartTargetAsync(options, report, cancellationToken) is { } target)
        {
            var agent = Keep(await EmbeddedAgent.StartAsync(target, EdgeUrl, options, cancellationToken));
            Link = agent.Link;
            AgentEnded = agent.Completion;
            report.Running("agent", $"exposes {target.OriginText}");
        }
    }

    private async Task<TurnServer?> StartTurnAsync(EmbeddedOptions options, StartupReport report, CancellationToken cancellationToken)
    {
        if (options.NoTurn || !TurnServer.IsInstalled)
        {
            report.LeftOut("turn", options.NoTurn ? "not wanted" : "turnserver is not installed; direct connections work without it");
            return null;
        }

        if (await TurnServer.StartAsync(cancellationToken) is not { } turn)
        {
            report.LeftOut("turn", "turnserver did not start; direct connections work without it");
            return null;
        }

        report.Running("turn", $"turnserver, 127.0.0.1:{turn.Port}");
        return Keep(turn);
    }

    private async Task<TargetAddress?> StartTargetAsync(EmbeddedOptions options, StartupReport report, CancellationToken cancellationToken)
    {
        if (options.Target is not null || options.NoSample)
        {
            report.LeftOut("sample site", "not wanted");
            return options.Target;
        }

        var site = await StartServiceAsync(
            "sample site", SampleSiteApp.Build, "http://127.0.0.1:0", new Dictionary<string, string?>(), options, cancellationToken);
        report.Running("sample site", site.Address.ToString());
        return TargetAddress.TryParse(site.Address.ToString(), out var address, out var problem) ? address : throw new SuiteStartException(problem);
    }

    private Dictionary<string, string?> SignalingSettings(RegistryServer registry, TurnServer? turn)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = registry.ConnectionString,
            ["Signaling:PublicUrl"] = SuiteDefaults.PublicUrl(EdgeUrl.Port),
            ["Signaling:TrustedProxies"] = "127.0.0.1,::1",
            // The agent of this process is stopped before the nodes, so there is nobody left to wait for.
            ["Signaling:DrainTimeout"] = "00:00:01",
            ["Signaling:VisitorDrainTimeout"] = "00:00:00.5",
        };
        if (turn is not null)
        {
            settings["Turn:Secret"] = turn.Secret;
            settings["Turn:Uris:0"] = $"turn:127.0.0.1:{turn.Port}?transport=udp";
            settings["Turn:Uris:1"] = $"turn:127.0.0.1:{turn.Port}?transport=tcp";
        }

        return settings;
    }

    private static Dictionary<string, string?> EdgeSettings(IEnumerable<Uri> nodes) =>
        nodes.Select((address, index) => (address, index))
            .ToDictionary(node => $"Signaling:Nodes:{node.index}", node => (string?)node.address.ToString());

    private async Task<EmbeddedService> StartServiceAsync(
        string name,
        Func<string[], Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>, Microsoft.AspNetCore.Builder.WebApplication> build,
        string url,
        IReadOnlyDictionary<string, string?> settings,
        EmbeddedOptions options,
        CancellationToken cancellationToken) =>
        Keep(await EmbeddedService.StartAsync(name, build, url, settings, options.Verbose, cancellationToken));

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
