using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Site;

/// <summary>The target of the compatibility suite: a page per group of cases, and what those pages ask for. In-process, on a random loopback port.</summary>
public sealed class CompatibilitySite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private CompatibilitySite(WebApplication app) => _app = app;

    /// <summary>Base address, with a trailing slash.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>What happened to the site, by a key the page chose: pages and walks read it back.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<string>> Records { get; } = new();

    public static async Task<CompatibilitySite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // What is not read must not be swallowed by buffers here: back-pressure is among the cases.
            kestrel.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var site = new CompatibilitySite(app);
        app.UseWebSockets();
        app.UseRouting();
        SitePages.Map(app);
        SiteCookies.Map(app);
        SiteAnswers.Map(app, site);
        SiteFiles.Map(app, site);
        SiteEvents.Map(app, site);
        SiteSockets.Map(app, site);
        await app.StartAsync();
        site.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");
        return site;
    }

    internal void Record(string? key, string text)
    {
        if (!string.IsNullOrEmpty(key))
        {
            Records.GetOrAdd(key, _ => new()).Enqueue(text);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var hurry = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(hurry.Token);
        await _app.DisposeAsync();
    }
}
