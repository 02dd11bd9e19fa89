using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PeerProxy.AppHost.Embedded;

/// <summary>One web service inside this process: its own application, port, configuration and life.</summary>
internal sealed class EmbeddedService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EmbeddedService(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    internal Uri Address { get; }

    /// <summary>Builds and starts a service.</summary>
    /// <param name="name">For the message if it does not start.</param>
    /// <param name="build">The service's own Build method.</param>
    /// <param name="url">Where to listen; port 0 takes a free one.</param>
    /// <param name="settings">Configuration with the last word.</param>
    /// <param name="verbose">Log information, not only warnings.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="SuiteStartException">It does not start.</exception>
    internal static async Task<EmbeddedService> StartAsync(
        string name,
        Func<string[], Action<WebApplicationBuilder>, WebApplication> build,
        string url,
        IReadOnlyDictionary<string, string?> settings,
        bool verbose,
        CancellationToken cancellationToken)
    {
        try
        {
            var app = build([], builder =>
            {
                builder.Configuration.AddInMemoryCollection(settings);
                builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = url });
                builder.Services.AddSingleton<IHostLifetime, NoConsoleLifetime>();
                builder.Logging.SetMinimumLevel(verbose ? LogLevel.Information : LogLevel.Warning);
                builder.Logging.AddFilter((_, level) => level >= (verbose ? LogLevel.Information : LogLevel.Warning));
                builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
                // A probe that a busy machine answered late is no news; a node that stays away shows in the agent's own words.
                builder.Logging.AddFilter("Yarp.ReverseProxy.Health", verbose ? LogLevel.Warning : LogLevel.Error);
            });
            await app.StartAsync(cancellationToken);
            var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return new EmbeddedService(app, new Uri(address));
        }
        catch (Exception cause) when (cause is IOException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            throw new SuiteStartException($"The {name} did not start: {cause.Message}", cause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Signals belong to the suite, which stops its parts in order; by default each host would stop itself.</summary>
    private sealed class NoConsoleLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
