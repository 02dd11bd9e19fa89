using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>Opens a foreign application in Chromium and prints what was seen when the test fails.</summary>
[Trait("Category", "EndToEnd")]
public abstract class RealAppTest : IAsyncDisposable
{
    private const int PrintedLogLines = 120;
    private readonly Stack<IAsyncDisposable> _parts = new();
    private SiteTab? _tab;
    private RealApp? _app;
    private PeerProxySuite? _suite;

    protected static string Screenshots { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../artifacts/screenshots"));

    /// <summary>Through PeerProxy; with <c>PEERPROXY_TEST_DIRECT=1</c> also directly, which tells a fault of the application from one of the tunnel.</summary>
    public static TheoryData<Route> Routes { get; } =
        Environment.GetEnvironmentVariable("PEERPROXY_TEST_DIRECT") == "1" ? new() { Route.Direct, Route.Proxied } : new() { Route.Proxied };

    protected async Task<SiteTab> OpenAsync(RealApp app, Route route, string path)
    {
        _app = app;
        _parts.Push(app);
        var address = app.Url;
        if (route == Route.Proxied)
        {
            _suite = await PeerProxySuite.StartAsync(app.Url);
            _parts.Push(_suite);
            address = _suite.Link;
        }

        var browser = await BrowserInstallation.StartOrSkipAsync(BrowserInstallation.Chromium);
        _parts.Push(browser);
        _tab = new SiteTab(await browser.NewPageAsync(), route, address);
        _parts.Push(_tab);
        await _tab.OpenAsync(path);
        return _tab;
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed && TestContext.Current.TestOutputHelper is { } output && _tab is not null)
        {
            output.WriteLine(await _tab.DescribeAsync());
            output.WriteLine(_app?.Output ?? "");
            output.WriteLine(_suite?.Log.Tail(PrintedLogLines) ?? "");
            Directory.CreateDirectory(Screenshots);
            var file = Path.Combine(Screenshots, $"{TestContext.Current.TestMethod?.MethodName}-{_tab.Route}.png");
            await File.WriteAllBytesAsync(file, await _tab.Page.ScreenshotAsync());
            output.WriteLine($"screenshot: {file}");
        }

        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
