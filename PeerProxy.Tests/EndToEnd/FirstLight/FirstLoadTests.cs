using System.Collections.Concurrent;
using System.Diagnostics;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>First loads in fresh profiles: none fails, none shows a blank page.</summary>
[Collection(LongVisitsCollection.Name)]
public sealed class FirstLoadTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    /// <summary>Two at a time: an agent meets visitors who come together, and a small machine is not swamped.</summary>
    private const int Parallel = 2;

    [Theory]
    [InlineData(BrowserInstallation.Chromium, 100)]
    [InlineData(BrowserInstallation.Firefox, 10)]
    public async Task FirstLoads_InFreshProfiles_AllShowThePage(string browser, int count)
    {
        var shown = new ConcurrentBag<double>();

        await System.Threading.Tasks.Parallel.ForEachAsync(
            Enumerable.Range(1, count),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel },
            async (number, _) => shown.Add(await LoadAsync(browser, number)));

        var sorted = shown.Order().ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine($"{browser}: {sorted.Length} first loads, median {sorted[sorted.Length / 2]:0} ms, slowest {sorted[^1]:0} ms");
        Assert.Equal(count, sorted.Length);
    }

    private async Task<double> LoadAsync(string browser, int number)
    {
        await using var tab = await Fixture.NewVisitorAsync(browser, Route.Proxied);
        var clock = Stopwatch.StartNew();
        await tab.OpenAsync($"/pages/{number}");
        await tab.WaitForTextAsync("#here", $"Page {number}");
        var elapsed = clock.Elapsed.TotalMilliseconds;
        // What a person sees in the middle of the window is the site, not a screen of ours over it.
        await tab.WaitForTabAsync("""
            const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
            return middle?.tagName === 'IFRAME' && getComputedStyle(middle).visibility === 'visible' && Number(getComputedStyle(middle).opacity) > 0.9;
            """);
        return elapsed;
    }
}
