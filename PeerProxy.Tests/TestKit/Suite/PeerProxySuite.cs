using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Hosting;
using PeerProxy.Signaling;
using PeerProxy.WebClient;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>
/// The whole product in this process on random ports, for one target: Redis where it is installed with two signaling nodes on it (else one node
/// with its in-memory registry), the edge, and an agent with a data folder of its own.
/// </summary>
public sealed class PeerProxySuite : IAsyncDisposable
{
    private const string RedisSetting = "ConnectionStrings:redis";

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("peerproxy-suite-");

    private AgentHostOptions _agentOptions = null!;

    private PeerProxySuite()
    {
    }

    /// <summary>What a person opens: the site's address with the agent's key in the fragment.</summary>
    public Uri Link { get; private set; } = null!;

    /// <summary>The edge itself, like <c>http://localhost:40123/</c>.</summary>
    public Uri EdgeUrl { get; private set; } = null!;

    /// <summary>Where the agent keeps its key.</summary>
    public string AgentDataFolder => _data.FullName;

    /// <summary>The UDP port on which the agent takes all visitors.</summary>
    public int AgentUdpPort { get; private set; }

    public AgentHost Agent { get; private set; } = null!;

    public SuiteLog Log { get; private set; } = new();

    /// <param name="target">The web server to share.</param>
    /// <param name="nodeSettings">More settings of the signaling nodes; with <c>ConnectionStrings:redis</c> no Redis is started.</param>
    /// <param name="log">Collects what all parts log; null for one of its own.</param>
    public static async Task<PeerProxySuite> StartAsync(Uri target, IReadOnlyDictionary<string, string?>? nodeSettings = null, SuiteLog? log = null)
    {
        var suite = new PeerProxySuite();
        suite.Log = log ?? suite.Log;
        try
        {
            await suite.StartPartsAsync(target, nodeSettings ?? new Dictionary<string, string?>());
            return suite;
        }
        catch
        {
            await suite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the agent again with its key and its port, after it was disposed.</summary>
    public async Task StartAgentAsync()
    {
        Agent = await AgentHost.StartAsync(_agentOptions);
        _parts.Push(Agent);
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _data.Delete(recursive: true);
    }

    private async Task StartPartsAsync(Uri target, IReadOnlyDictionary<string, string?> nodeSettings)
    {
        var edgePort = RedisProcess.FreePort();
        EdgeUrl = new Uri($"http://localhost:{edgePort}/");
        var settings = new Dictionary<string, string?>
        {
            ["Signaling:PublicUrl"] = $"http://{{id}}.localhost:{edgePort}",
            ["Signaling:TrustedProxies"] = "127.0.0.1,::1",
            ["Signaling:DrainTimeout"] = "00:00:00.2",
            ["Signaling:VisitorDrainTimeout"] = "00:00:00.1",
        };
        foreach (var (name, value) in nodeSettings)
        {
            settings[name] = value;
        }

        if (!settings.ContainsKey(RedisSetting) && await RedisProcess.TryStartAsync() is { } redis)
        {
            _parts.Push(redis);
            settings[RedisSetting] = redis.ConnectionString;
        }

        var edgeSettings = new Dictionary<string, string?>();
        for (var node = 0; node < (settings.ContainsKey(RedisSetting) ? 2 : 1); node++)
        {
            var url = await StartAsync(SignalingApp.Build, "http://127.0.0.1:0", settings);
            edgeSettings[$"Signaling:Nodes:{node}"] = url;
        }

        await StartAsync(EdgeApp.Build, $"http://localhost:{edgePort}", edgeSettings);
        AgentUdpPort = RedisProcess.FreePort();
        _agentOptions = new AgentHostOptions
        {
            Target = TargetAddress.TryParse(target.GetLeftPart(UriPartial.Authority), out var address, out var problem) ? address : throw new ArgumentException(problem, nameof(target)),
            Server = EdgeUrl,
            DataFolder = _data.FullName,
            UdpPort = AgentUdpPort,
            IncludeLoopback = true,
            LoggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(Log.Minimum).AddProvider(Log)),
        };
        await StartAgentAsync();
        Link = new Uri(Agent.Link);
    }

    private async Task<string> StartAsync(Func<string[], Action<WebApplicationBuilder>, WebApplication> build, string url, Dictionary<string, string?> settings)
    {
        var app = build(["--urls", url], builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(Log);
            // A rule for one provider goes before those that the services make for all.
            if (Log.Minimum < LogLevel.Debug)
            {
                builder.Logging.AddFilter<SuiteLog>(null, Log.Minimum);
            }

            builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        });
        _parts.Push(app);
        await app.StartAsync();
        return app.Urls.First();
    }

    /// <summary>The signals of the test process belong to the test runner.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
