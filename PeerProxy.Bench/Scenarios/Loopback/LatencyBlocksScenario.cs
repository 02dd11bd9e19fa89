using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>The reference evaluation's latency blocks: so many requests at once, of bodies from nothing to 1 MB.</summary>
internal sealed class LatencyBlocksScenario : IScenario
{
    public string Name => "latency-blocks";

    public string Description => "100 to 500 requests at once of 0 to 1 MB: whole stack and direct HTTP, Chromium";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        int[] blocks = context.IsQuick ? [100, 500] : [100, 200, 300, 400, 500];
        int[] sizes = context.IsQuick ? [0, 50_000, 100_000] : [0, 50_000, 100_000, 250_000, 500_000, 1_000_000];
        var repeats = context.Repeats(2, 1);
        await using var browser = await BenchBrowser.StartAsync(BrowserInstallation.Chromium);
        await using var suite = await BenchSuite.StartAsync();
        await using var direct = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Direct, suite.Target.Url);
        await using var ours = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Proxied, suite.Link);
        await direct.OpenAsync("/");
        await ours.OpenAsync("/");
        var lines = new List<PlotLine>();
        var done = 0;
        foreach (var (way, tab) in new[] { ("PeerProxy", ours), ("direct HTTP", direct) })
        {
            await tab.RunAsync(ConcurrentScenario.Script, new { requests = blocks[^1], bytes = 1000 });
            foreach (var requests in blocks)
            {
                var points = new List<(double X, double Y)>();
                foreach (var bytes in sizes)
                {
                    var name = $"{requests} of {bytes / 1000} KB, {way}";
                    for (var repeat = 0; repeat < repeats; repeat++)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        context.Report(done++, 2 * blocks.Length * sizes.Length * repeats, name);
                        var run = await tab.RunAsync(ConcurrentScenario.Script, new { requests, bytes });
                        context.Results.Add(name, "ms per request", run.GetProperty("all").GetDouble() / requests);
                    }

                    points.Add((bytes / 1e6, context.Results[name].Median));
                }

                lines.Add(new PlotLine($"{requests} at once, {way}", points));
            }
        }

        context.Results.Draw(new LinePlot("per-request", "Requests at once", "MB each", "ms per request", lines));
    }
}
