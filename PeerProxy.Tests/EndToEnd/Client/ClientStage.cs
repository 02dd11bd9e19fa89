using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PeerProxy.Signaling;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.WebClient;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>
/// The real edge, a real signaling node, one browser, and in one of its tabs an agent made of script (<c>Pages/fake-agent.js</c>): everything of the client is
/// real, and the test decides what the agent does.
/// </summary>
public sealed class ClientStage : IAsyncDisposable
{
    /// <summary>Two cores that other tests use too need this much patience.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(100);

    private readonly string _root;
    private readonly WebApplication _node;
    private readonly WebApplication _edge;
    private readonly BrokenPaths _broken;
    private readonly IBrowser _browser;
    private readonly List<IBrowserPage> _pages = [];

    private ClientStage(string root, WebApplication node, WebApplication edge, BrokenPaths broken, IBrowser browser)
    {
        _root = root;
        _node = node;
        _edge = edge;
        _broken = broken;
        _browser = browser;
        Port = AddressOf(edge).Port;
    }

    public int Port { get; }

    public static async Task<ClientStage> StartAsync(ClientBrowsers browsers, string browserName)
    {
        var browser = await browsers.All.GetAsync(browserName);
        var root = Directory.CreateTempSubdirectory("client-").FullName;
        CopyFolder(Path.Combine(AppContext.BaseDirectory, "client"), root);
        CopyFolder(Path.Combine(AppContext.BaseDirectory, "EndToEnd", "Client", "Pages"), Path.Combine(root, "test"));
        CopyFolder(Path.Combine(AppContext.BaseDirectory, "Vectors"), Path.Combine(root, "test"));

        var node = SignalingApp.Build(["--urls", "http://127.0.0.1:0"], Quiet);
        await node.StartAsync();
        var broken = new BrokenPaths();
        var edge = EdgeApp.Build(
            ["--urls", "http://127.0.0.1:0", "--Edge:ClientRoot", root, "--Signaling:Nodes", AddressOf(node).GetLeftPart(UriPartial.Authority)],
            builder =>
            {
                Quiet(builder);
                builder.Services.AddSingleton<IStartupFilter>(broken);
            });
        await edge.StartAsync();
        return new ClientStage(root, node, edge, broken, browser);
    }

    /// <summary>URL of a path at a peer.</summary>
    public string Url(string peer, string path) => $"http://{peer}.localhost:{Port}{path}";

    /// <summary>Opens a tab with a profile of its own; it closes with the stage.</summary>
    public async Task<IBrowserPage> NewPageAsync()
    {
        var page = await _browser.NewPageAsync();
        _pages.Add(page);
        return page;
    }

    /// <summary>Starts the agent in a tab of its own.</summary>
    public async Task<FakeAgent> StartAgentAsync(string name)
    {
        var page = await NewPageAsync();
        await page.GotoAsync(Url("agenthost", "/.peerproxy/test/fake-agent.html"));
        await UntilAsync(page, "return typeof window.agent === 'object'", "the agent's page");
        var info = await page.RunAsync("return await window.agent.start(arg)", name);
        return new FakeAgent(page, name, info.GetProperty("keyHash").GetString()!);
    }

    /// <summary>Opens a tab of a visitor and waits until the site's page has loaded in the frame.</summary>
    public async Task<Visitor> VisitAsync(FakeAgent agent, string path = "/", string fragment = "")
    {
        var visitor = new Visitor(await NewPageAsync());
        await visitor.Page.GotoAsync(Url(agent.Name, path) + (fragment.Length == 0 ? $"#k={agent.KeyHash}" : fragment));
        await UntilAsync(visitor.Page, Visitor.FrameScript("return frame.document.readyState === 'complete' && frame.location.href !== 'about:blank'"), "the first page");
        return visitor;
    }

    /// <summary>Lets the edge drop the connection of every request below this path, as a network that goes away does; null: of none.</summary>
    public void Break(string? path) => _broken.Path = path;

    /// <summary>Takes the edge away for good, and with it the way to the signaling node.</summary>
    public Task StopEdgeAsync() => _edge.StopAsync();

    private static async Task<string> ShownAsync(IBrowserPage page)
    {
        try
        {
            return (await page.RunAsync("return location.href + ' ' + document.body?.innerText")).ToString();
        }
        catch (BrowserScriptException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Polls a script until it gives something true.</summary>
    public static async Task<JsonElement> UntilAsync(IBrowserPage page, string script, string what)
    {
        var deadline = DateTime.UtcNow + Patience;
        for (; ; )
        {
            JsonElement last = default;
            try
            {
                last = await page.RunAsync(script);
                if (last.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
                {
                    return last;
                }
            }
            catch (BrowserScriptException) when (DateTime.UtcNow < deadline)
            {
                // The page is between two documents.
            }

            if (DateTime.UtcNow >= deadline)
            {
                Assert.Fail($"Waited in vain for {what}.\nThe page shows: {await ShownAsync(page)}\n{string.Join('\n', page.Log)}");
            }

            await Task.Delay(_pollInterval);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var page in _pages)
        {
            await page.DisposeAsync();
        }

        await _edge.DisposeAsync();
        await _node.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static void Quiet(WebApplicationBuilder builder) => builder.Logging.ClearProviders();

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
