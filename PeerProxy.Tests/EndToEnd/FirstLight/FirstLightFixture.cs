using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>One target, one running PeerProxy and one process of each browser for a collection of first-light tests.</summary>
public sealed class FirstLightFixture : IAsyncLifetime
{
    private readonly SharedBrowsers _browsers = new();

    public LabTarget Lab { get; private set; } = null!;

    public PeerProxySuite Suite { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Lab = await LabTarget.StartAsync();
        Suite = await PeerProxySuite.StartAsync(Lab.Url);
    }

    public Task<IBrowser> BrowserAsync(string name) => _browsers.GetAsync(name);

    /// <summary>Opens a tab in a profile that no page has used.</summary>
    public async Task<SiteTab> NewVisitorAsync(string browser, Route route) => Tab(await (await BrowserAsync(browser)).NewPageAsync(), route);

    /// <summary>Opens a tab in the profile that all tests of this collection share: most of what they show does not depend on it, and a first visit costs the most.</summary>
    public async Task<SiteTab> NewTabAsync(string browser, Route route) => Tab(await (await BrowserAsync(browser)).NewPageAsync(route.ToString()), route);

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await Suite.DisposeAsync();
        await Lab.DisposeAsync();
    }

    private SiteTab Tab(IBrowserPage page, Route route) => new(page, route, route == Route.Direct ? Lab.Url : Suite.Link);
}

/// <summary>What pages do, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class FirstLightCollection : ICollectionFixture<FirstLightFixture>
{
    public const string Name = "First light";
}

/// <summary>Many visits and long ones, beside the others.</summary>
[CollectionDefinition(Name)]
public sealed class LongVisitsCollection : ICollectionFixture<FirstLightFixture>
{
    public const string Name = "First light, long visits";
}
