using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.Cache;

/// <summary>One site, one suite in front of it, and both browsers, for all cache tests.</summary>
public sealed class CacheFixture : IAsyncLifetime
{
    private readonly SharedBrowsers _browsers = new();

    public CacheSite Site { get; private set; } = null!;

    public PeerProxySuite Suite { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await CacheSite.StartAsync();
        Suite = await PeerProxySuite.StartAsync(Site.Url);
    }

    /// <summary>Opens a tab with a profile of its own.</summary>
    public async Task<SiteTab> NewTabAsync(string browser, Route route) =>
        new(await (await _browsers.GetAsync(browser)).NewPageAsync(), route, route == Route.Direct ? Site.Url : Suite.Link);

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await Suite.DisposeAsync();
        await Site.DisposeAsync();
    }
}
