using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Serves one HTML page on a free port of localhost, which browsers treat as a secure context.</summary>
public sealed class PageServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private PageServer(WebApplication application, string url) => (_application, Url) = (application, url);

    /// <summary>Ends with a slash.</summary>
    public string Url { get; }

    public static async Task<PageServer> StartAsync(string html)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.MapGet("/", () => Results.Content(html, "text/html"));
        await application.StartAsync();
        var port = new Uri(application.Urls.First()).Port;
        return new PageServer(application, $"http://localhost:{port}/");
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
