using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.Recovery;

/// <summary>A suite of its own, because these tests take its agent away; and a Firefox that stops idle service workers sooner.</summary>
public sealed class RecoveryFixture : IAsyncLifetime
{
    /// <summary>Above the 10 s between two pings of the shell, below the 30 s of an ordinary Firefox, so that a test need not take a minute.</summary>
    public static readonly TimeSpan FirefoxIdleTimeout = TimeSpan.FromSeconds(12);

    private readonly Dictionary<string, IBrowser> _browsers = [];

    public LabTarget Lab { get; private set; } = null!;

    public PeerProxySuite Suite { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Lab = await LabTarget.StartAsync();
        Suite = await PeerProxySuite.StartAsync(Lab.Url);
    }

    /// <summary>Opens a page of the site, in the profile of this name or one of its own.</summary>
    public async Task<SiteTab> OpenAsync(string browser, string path = "/pages/1", string? profile = null)
    {
        if (!_browsers.TryGetValue(browser, out var started))
        {
            _browsers[browser] = started = await StartAsync(browser);
        }

        var tab = new SiteTab(await (profile is null ? started.NewPageAsync() : started.NewPageAsync(profile)), Route.Proxied, Suite.Link);
        await tab.OpenAsync(path);
        return tab;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _browsers.Values)
        {
            await browser.DisposeAsync();
        }

        await Suite.DisposeAsync();
        await Lab.DisposeAsync();
    }

    private static async Task<IBrowser> StartAsync(string browser)
    {
        if (browser != BrowserInstallation.Firefox || BrowserInstallation.FindFirefox() is not { } firefox)
        {
            return await BrowserInstallation.StartLightOrSkipAsync(browser);
        }

        var milliseconds = FirefoxIdleTimeout.TotalMilliseconds;
        return await FirefoxBrowser.StartAsync(firefox, $"user_pref(\"dom.serviceWorkers.idle_timeout\", {milliseconds});\nuser_pref(\"dom.serviceWorkers.idle_extended_timeout\", {milliseconds});\n");
    }
}
