using System.Collections.Concurrent;
using System.Text.Json;
using PeerProxy.Tests.EndToEnd.Compatibility.Site;
using PeerProxy.Tests.EndToEnd.Compatibility.Walks;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>One target, one running PeerProxy, one process of each browser; each page of cases and each walk is run once per browser and route, and its results kept.</summary>
/// <remarks>
/// A tab goes through all pages, another through all walks, in the same order on both routes: so both find what the ones before have left, and few profiles have to meet
/// PeerProxy for the first time. Who asks for the first result starts all of them.
/// </remarks>
public sealed class CompatibilityFixture : IAsyncLifetime
{
    /// <summary>Of many tabs all but one are hidden: their timers must run all the same.</summary>
    private const string UnthrottledTimers =
        """
        user_pref("dom.min_background_timeout_value", 4);
        user_pref("dom.min_background_timeout_value_without_budget_throttling", 4);
        user_pref("dom.timeout.enable_budget_timer_throttling", false);

        """;

    private readonly ConcurrentDictionary<string, Lazy<Task<IBrowser>>> _browsers = new();
    private readonly ConcurrentDictionary<(string Browser, Route Route, string Tab), Lazy<Task<IReadOnlyDictionary<CompatibilityCase, CaseResult>>>> _runs = new();

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
        await (await _browsers.GetOrAdd(browser, name => new(() => BrowserInstallation.StartLightOrSkipAsync(name, UnthrottledTimers))).Value).NewPageAsync();

    /// <summary>The results of one case.</summary>
    public async Task<(CaseResult Direct, CaseResult Proxied)> ResultsAsync(string browser, CompatibilityCase one)
    {
        foreach (var other in Browsers)
        {
            foreach (var tab in CaseCatalog.Tabs)
            {
                // Kept by their names; whoever needs a result awaits it.
                _ = RunAsync(other, Route.Direct, tab.Key);
                _ = RunAsync(other, Route.Proxied, tab.Key);
            }
        }

        var name = CaseCatalog.Tabs.Single(tab => tab.Value.Contains(one.Group == Walk.Group ? one.Name : one.Group)).Key;
        return (
            (await RunAsync(browser, Route.Direct, name)).GetValueOrDefault(one, Missing),
            (await RunAsync(browser, Route.Proxied, name)).GetValueOrDefault(one, Missing));
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

    private Task<IReadOnlyDictionary<CompatibilityCase, CaseResult>> RunAsync(string browser, Route route, string tab) =>
        _runs.GetOrAdd((browser, route, tab), key => new(() => RunTabAsync(key.Browser, key.Route, CaseCatalog.Tabs[key.Tab]))).Value;

    private async Task<IReadOnlyDictionary<CompatibilityCase, CaseResult>> RunTabAsync(string browser, Route route, IReadOnlyList<string> steps)
    {
        var results = new Dictionary<CompatibilityCase, CaseResult>();
        var tab = await NewTabAsync(browser, route);
        try
        {
            foreach (var step in steps)
            {
                var walk = Walk.All.FirstOrDefault(one => one.Name == step);
                try
                {
                    if (walk is not null)
                    {
                        results[new(Walk.Group, step)] = new CaseResult(JsonSerializer.Serialize(await walk.RunAsync(new Walker(tab, this))), null);
                    }
                    else
                    {
                        await RunPageAsync(tab, step, results);
                    }
                }
                catch (Exception error) when (error is BrowserScriptException or TimeoutException or Xunit.Sdk.XunitException or Microsoft.Playwright.PlaywrightException)
                {
                    var failure = new CaseResult(null, $"{error.Message}\n{await tab.DescribeAsync()}");
                    foreach (var one in walk is null ? CaseCatalog.InPages.Where(one => one.Group == step) : [new(Walk.Group, step)])
                    {
                        results[one] = failure;
                    }

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

    private static async Task RunPageAsync(SiteTab tab, string group, Dictionary<CompatibilityCase, CaseResult> results)
    {
        await tab.OpenAsync($"/run/{group}?x=1");
        foreach (var one in (await tab.RunAsync("return runAll()")).EnumerateObject())
        {
            results[new(group, one.Name)] = one.Value.TryGetProperty("error", out var error) ? new CaseResult(null, error.GetString()) : new CaseResult(one.Value.GetProperty("value").GetRawText(), null);
        }
    }
}

/// <summary>What pages see, with and without PeerProxy.</summary>
[CollectionDefinition(Name)]
public sealed class CompatibilityCollection : ICollectionFixture<CompatibilityFixture>
{
    public const string Name = "Compatibility";
}
