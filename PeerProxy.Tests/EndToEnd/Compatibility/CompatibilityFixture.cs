using System.Collections.Concurrent;
using System.Text.Json;
using PeerProxy.Tests.EndToEnd.Compatibility.Site;
using PeerProxy.Tests.EndToEnd.Compatibility.Walks;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>One target, one running PeerProxy, one process of each browser; each page of cases and each walk is run once per browser and route, and its results kept.</summary>
/// <remarks>Who asks for one result starts the run in both browsers and on both routes: they spend most of their time waiting, and another test asks for them.</remarks>
public sealed class CompatibilityFixture : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<IBrowser>>> _browsers = new();
    private readonly ConcurrentDictionary<(string Browser, Route Route, string Group), Lazy<Task<IReadOnlyDictionary<string, CaseResult>>>> _pages = new();
    private readonly ConcurrentDictionary<(string Browser, Route Route, string Walks), Lazy<Task<IReadOnlyDictionary<string, CaseResult>>>> _walks = new();

    public static IReadOnlyList<string> Browsers { get; } = [BrowserInstallation.Chromium, BrowserInstallation.Firefox];

    public CompatibilitySite Site { get; private set; } = null!;

    public PeerProxySuite Suite { get; private set; } = null!;

    public CompatibilityTable Table { get; } = new();

    private static CaseResult Missing { get; } = new(null, "the page has no such case");

    public async ValueTask InitializeAsync()
    {
        Site = await CompatibilitySite.StartAsync();
        Suite = await PeerProxySuite.StartAsync(Site.Url);
    }

    public async Task<SiteTab> NewTabAsync(string browser, Route route) =>
        new(await NewPageAsync(browser), route, route == Route.Direct ? Site.Url : Suite.Link);

    public async Task<IBrowserPage> NewPageAsync(string browser) =>
        await (await _browsers.GetOrAdd(browser, name => new(() => BrowserInstallation.StartOrSkipAsync(name))).Value).NewPageAsync();

    /// <summary>The results of one case of a page.</summary>
    public async Task<(CaseResult Direct, CaseResult Proxied)> PageCaseAsync(string browser, CompatibilityCase one)
    {
        StartAll((name, route) => PageAsync(name, route, one.Group));
        return (
            (await PageAsync(browser, Route.Direct, one.Group)).GetValueOrDefault(one.Name, Missing),
            (await PageAsync(browser, Route.Proxied, one.Group)).GetValueOrDefault(one.Name, Missing));
    }

    /// <summary>The results of one walk.</summary>
    public async Task<(CaseResult Direct, CaseResult Proxied)> WalkAsync(string browser, string name)
    {
        var walk = Walk.All.Single(one => one.Name == name);
        StartAll((other, route) => WalksAsync(other, route, walk));
        return ((await WalksAsync(browser, Route.Direct, walk))[name], (await WalksAsync(browser, Route.Proxied, walk))[name]);
    }

    public async ValueTask DisposeAsync()
    {
        Table.WriteIfWanted();
        foreach (var browser in _browsers.Values.Where(browser => browser.Value.IsCompletedSuccessfully))
        {
            await (await browser.Value).DisposeAsync();
        }

        await Suite.DisposeAsync();
        await Site.DisposeAsync();
    }

    private static void StartAll(Func<string, Route, Task> start)
    {
        foreach (var browser in Browsers)
        {
            // Kept by their names; whoever needs the result awaits it there.
            _ = start(browser, Route.Direct);
            _ = start(browser, Route.Proxied);
        }
    }

    private Task<IReadOnlyDictionary<string, CaseResult>> PageAsync(string browser, Route route, string group) =>
        _pages.GetOrAdd((browser, route, group), key => new(() => RunPageAsync(key.Browser, key.Route, key.Group))).Value;

    /// <summary>The walk's result, with those of the others in its tab.</summary>
    private Task<IReadOnlyDictionary<string, CaseResult>> WalksAsync(string browser, Route route, Walk walk) =>
        _walks.GetOrAdd((browser, route, walk.NeedsOwnTab ? walk.Name : ""), key => new(() => RunWalksAsync(
            key.Browser, key.Route, walk.NeedsOwnTab ? [walk] : [.. Walk.All.Where(one => !one.NeedsOwnTab)]))).Value;

    private async Task<IReadOnlyDictionary<string, CaseResult>> RunPageAsync(string browser, Route route, string group)
    {
        await using var tab = await NewTabAsync(browser, route);
        await tab.OpenAsync($"/run/{group}?x=1");
        var results = await tab.RunAsync("return runAll()");
        return results.EnumerateObject().ToDictionary(
            one => one.Name,
            one => one.Value.TryGetProperty("error", out var error) ? new CaseResult(null, error.GetString()) : new CaseResult(one.Value.GetProperty("value").GetRawText(), null));
    }

    private async Task<IReadOnlyDictionary<string, CaseResult>> RunWalksAsync(string browser, Route route, IReadOnlyList<Walk> walks)
    {
        var results = new Dictionary<string, CaseResult>();
        var tab = await NewTabAsync(browser, route);
        try
        {
            foreach (var walk in walks)
            {
                try
                {
                    results[walk.Name] = new CaseResult(JsonSerializer.Serialize(await walk.RunAsync(new Walker(tab, this))), null);
                }
                catch (Exception error) when (error is BrowserScriptException or TimeoutException or Xunit.Sdk.XunitException or Microsoft.Playwright.PlaywrightException)
                {
                    results[walk.Name] = new CaseResult(null, $"{error.Message}\n{await tab.DescribeAsync()}");
                    // Where that one got stuck the next would be too.
                    await tab.DisposeAsync();
                    tab = await NewTabAsync(browser, route);
                }
            }
        }
        finally
        {
            await tab.DisposeAsync();
        }

        return results;
    }
}

/// <summary>What pages see, with and without PeerProxy.</summary>
[CollectionDefinition(Name)]
public sealed class CompatibilityCollection : ICollectionFixture<CompatibilityFixture>
{
    public const string Name = "Compatibility";
}
