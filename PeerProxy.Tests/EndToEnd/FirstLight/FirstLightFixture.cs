using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>One target, one running PeerProxy and one process of each browser for a collection of first-light tests; each test gets a fresh profile.</summary>
public sealed class FirstLightFixture : IAsyncLifetime
{
    private readonly Dictionary<string, IBrowser> _browsers = [];
    private readonly SemaphoreSlim _starting = new(1, 1);

    public LabTarget Lab { get; private set; } = null!;

    public PeerProxySuite Suite { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Lab = await LabTarget.StartAsync();
        Suite = await PeerProxySuite.StartAsync(Lab.Url);
    }

    /// <summary>The browser of this name, started at first use; tests may ask at the same time.</summary>
    public async Task<IBrowser> BrowserAsync(string name)
    {
        await _starting.WaitAsync();
        try
        {
            if (!_browsers.TryGetValue(name, out var browser))
            {
                _browsers[name] = browser = await BrowserInstallation.StartLightOrSkipAsync(name);
            }

            return browser;
        }
        finally
        {
            _starting.Release();
        }
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
        _starting.Dispose();
    }
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
