using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Opens tabs for one test, and when it fails prints what they showed and what the services logged.</summary>
[Trait("Category", "EndToEnd")]
public abstract class FirstLightTest(FirstLightFixture fixture) : IAsyncDisposable
{
    private const int PrintedLogLines = 150;
    private readonly List<SiteTab> _tabs = [];

    protected FirstLightFixture Fixture => fixture;

    protected LabTarget Lab => fixture.Lab;

    /// <summary>A name for this test's records at the target.</summary>
    protected string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Opens a path of the target in a new tab.</summary>
    protected async Task<SiteTab> OpenAsync(string browser, Route route, string path = "/pages/1")
    {
        var tab = await fixture.NewTabAsync(browser, route);
        _tabs.Add(tab);
        await tab.OpenAsync(path);
        return tab;
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed && TestContext.Current.TestOutputHelper is { } output)
        {
            foreach (var tab in _tabs)
            {
                output.WriteLine(await tab.DescribeAsync());
            }

            output.WriteLine(fixture.Suite.Log.Tail(PrintedLogLines));
        }

        foreach (var tab in _tabs)
        {
            await tab.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
