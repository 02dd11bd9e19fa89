using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PeerProxy.WebClient;

namespace PeerProxy.Tests.Functional.Edge;

/// <summary>A running edge with a small client of its own, and an HTTP client that can claim any host name.</summary>
public sealed class EdgeFixture : IAsyncLifetime
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "edge-" + Guid.NewGuid().ToString("N"));
    private WebApplication? _app;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None });

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public async ValueTask InitializeAsync()
    {
        Write("shell/index.html", "<!doctype html><title>The shell</title><script type=\"module\" src=\"/.peerproxy/shell/main.js\"></script>");
        Write("shell/main.js", "import { a } from \"../protocol/frames.js\";\nimport \"./view.js\";\nconsole.log(a, import(\"./lazy.js\"));\n");
        Write("shell/view.js", "export * from '../protocol/frames.js';\n");
        Write("shell/lazy.js", "export {};\n");
        Write("protocol/frames.js", "export const a = 1;\n" + new string('/', 4000) + "\n");
        Write("service-worker/main.js", "self.addEventListener('fetch', () => {});\n");
        Write("landing/index.html", "<!doctype html><title>PeerProxy</title><code>peerproxy 3000 --server {{server}}</code>");

        _app = EdgeApp.Build(
            ["--urls", "http://127.0.0.1:0", "--Edge:ClientRoot", _root, "--Edge:Domain", "peers.test"],
            builder => builder.Logging.ClearProviders());
        await _app.StartAsync();
        Address = AddressOf(_app);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Sends a request to a host name; <paramref name="fields"/> are name and value in turn.</summary>
    public async Task<HttpResponseMessage> SendAsync(string host, string path, HttpMethod? method = null, params string[] fields)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(Address, path));
        request.Headers.Host = host;
        for (var i = 0; i < fields.Length; i += 2)
        {
            request.Headers.TryAddWithoutValidation(fields[i], fields[i + 1]);
        }

        return await Http.SendAsync(request);
    }

    public static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
