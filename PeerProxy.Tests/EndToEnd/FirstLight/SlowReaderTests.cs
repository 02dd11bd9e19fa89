using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>
/// A page that reads a 200 MB response at 1 MB/s holds the target back by credit. Eight seconds of such reading show it as well as two hundred:
/// without credit the target would have sent everything by then. The rest is then read at full speed, to the last byte.
/// </summary>
[Collection(LongVisitsCollection.Name)]
public sealed class SlowReaderTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    private const long Mebibyte = 1 << 20;
    private const int Seconds = 8;

    /// <summary>
    /// Ahead of the page: one stream window (at most 8 MiB, docs/protocol.md section 4), the browser's own stream queues, and the socket
    /// buffers between target and agent (the system may grow them to 6 MiB and 4 MiB).
    /// </summary>
    private const long MostAhead = 24 * Mebibyte;

    private const long MostAgentGrowth = 48 * Mebibyte;

    /// <summary>What is ahead of the page, and what scripts leave to the garbage collector meanwhile: half of what no credit would cost.</summary>
    private const long MostBrowserGrowth = 96 * Mebibyte;

    /// <summary>The second from which memory is compared: until then a browser may still start spare processes, some 90 MiB each.</summary>
    private const int SettledAfter = 2;

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Response_Of200MegabytesReadSlowly_KeepsMemoryFlat(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await tab.RunAsync("window.reader = (await fetch(arg)).body.getReader(); window.total = 0;", $"/bytes/{200 * Mebibyte}?seed=9&id={Id}");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var root = await (await Fixture.BrowserAsync(browser)).RootProcessIdAsync();
        long browserBefore = 0;
        long mostBrowser = 0;
        long mostAhead = 0;
        long mostMemory = 0;

        for (var second = 0; second < Seconds; second++)
        {
            // The page reads one mebibyte, then waits for the rest of its second.
            var read = (await tab.RunAsync("""
                const until = total + 1048576;
                const rest = new Promise(resolve => setTimeout(resolve, 1000));
                while (total < until) {
                  const { done, value } = await reader.read();
                  if (done) break;
                  total += value.byteLength;
                }
                await rest;
                return total;
                """)).GetInt64();
            mostAhead = Math.Max(mostAhead, Lab.Request(Id).BytesSent - read);
            mostMemory = Math.Max(mostMemory, GC.GetTotalMemory(forceFullCollection: true) - before);
            var browserNow = OperatingSystem.IsLinux() ? BrowserMemory.Measure(root) : 0;
            browserBefore = second == SettledAfter ? browserNow : browserBefore;
            mostBrowser = second > SettledAfter ? Math.Max(mostBrowser, browserNow - browserBefore) : 0;
            TestContext.Current.TestOutputHelper?.WriteLine($"second {second}: read {read}, sent {Lab.Request(Id).BytesSent}, browser grew by {mostBrowser / Mebibyte} MiB");
        }

        // A browser's own network stack reads far ahead of a page, Firefox's without end.
        Assert.True(route == Route.Direct || mostAhead <= MostAhead, $"The target was {mostAhead / Mebibyte} MiB ahead of the page.");
        Assert.True(mostMemory <= MostAgentGrowth, $"Agent and target grew by {mostMemory / Mebibyte} MiB.");
        Assert.True(route == Route.Direct || mostBrowser <= MostBrowserGrowth, $"The browser grew by {mostBrowser / Mebibyte} MiB.");
        var total = (await tab.RunAsync("""
            while (true) {
              const { done, value } = await reader.read();
              if (done) return total;
              total += value.byteLength;
            }
            """)).GetInt64();
        Assert.Equal(200 * Mebibyte, total);
        await Lab.Request(Id).Completed.WaitAsync(SiteTab.WaitLimit);
    }

    /// <summary>While one response waits for its reader, others flow.</summary>
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task OtherRequests_BesideAStalledReader_Flow(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await tab.RunAsync("window.stalled = (await fetch(arg)).body.getReader(); await stalled.read();", $"/bytes/{100 * Mebibyte}?id={Id}");

        var result = await tab.RunAsync(PageScripts.DownloadAndHash, $"/bytes/{5 * Mebibyte}?seed=5").WaitAsync(SiteTab.WaitLimit);

        Assert.Equal(TestKit.Targets.LabBytes.Sha256(5 * Mebibyte, 5), result.GetProperty("sha256").GetString());
        await tab.RunAsync("await stalled.cancel()");
        await Lab.Request(Id).Aborted.WaitAsync(SiteTab.WaitLimit);
    }
}
