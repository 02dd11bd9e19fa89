using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>One target, one running PeerProxy and one process of each browser for all first-light tests; each test gets a fresh profile.</summary>
public sealed class FirstLightFixture : IAsyncLifetime
{
    private readonly Dictionary<string, IBrowser> _browsers = [];

    public LabTarget Lab { get; private set; } = null!;

    public PeerProxySuite Suite { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Lab = await LabTarget.StartAsync();
        Suite = await PeerProxySuite.StartAsync(Lab.Url);
    }

    public async Task<IBrowser> BrowserAsync(string name)
    {
        if (!_browsers.TryGetValue(name, out var browser))
        {
            _browsers[name] = browser = await BrowserInstallation.StartOrSkipAsync(name);
        }

        return browser;
    }

    public async Task<SiteTab> NewTabAsync(string browser, Route route) =>
        new(await (await BrowserAsync(browser)).NewPageAsync(), route, route == Route.Direct ? Lab.Url : Suite.Link);

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _browsers.Values)
        {
            await browser.DisposeAsync();
        }

        await Suite.DisposeAsync();
        await Lab.DisposeAsync();
    }
}

/// <summary>First-light tests share machines and run one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FirstLightCollection : ICollectionFixture<FirstLightFixture>
{
    public const string Name = "First light";
}
