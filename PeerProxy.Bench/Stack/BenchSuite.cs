using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PeerProxy.Signaling;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.WebClient;

namespace PeerProxy.Bench.Stack;

/// <summary>The whole product on the loopback: target, signaling node and edge in this process, the agent in one of its own.</summary>
public sealed class BenchSuite : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();

    private BenchSuite()
    {
    }

    public BenchTarget Target { get; private set; } = null!;

    public Uri EdgeUrl { get; private set; } = null!;

    public AgentProcess Agent { get; private set; } = null!;

    /// <summary>What a visitor opens.</summary>
    public Uri Link => Agent.Link;

    public static async Task<BenchSuite> StartAsync(IReadOnlyDictionary<string, string>? agentEnvironment = null)
    {
        var suite = new BenchSuite();
        try
        {
            suite.Target = suite.Keep(await BenchTarget.StartAsync());
            var edgePort = RedisProcess.FreePort();
            suite.EdgeUrl = new Uri($"http://localhost:{edgePort}/");
            var node = await suite.StartAsync(SignalingApp.Build, "http://127.0.0.1:0", new() { ["Signaling:PublicUrl"] = $"http://{{id}}.localhost:{edgePort}" });
            await suite.StartAsync(EdgeApp.Build, $"http://localhost:{edgePort}", new() { ["Signaling:Nodes:0"] = node });
            suite.Agent = suite.Keep(await AgentProcess.StartAsync(suite.Target.Url, suite.EdgeUrl, environment: agentEnvironment));
            return suite;
        }
        catch
        {
            await suite.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }

    private async Task<string> StartAsync(Func<string[], Action<WebApplicationBuilder>, WebApplication> build, string url, Dictionary<string, string?> settings)
    {
        var app = Keep(build(["--urls", url], builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        }));
        await app.StartAsync();
        return app.Urls.First();
    }

    /// <summary>Signals belong to the program.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
