using System.Text.Json;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>Many requests at once from one page, as the pages of real sites make them.</summary>
internal sealed class ConcurrentScenario : IScenario
{
    private const int Requests = 200;
    private const int WarmUps = 10;

    /// <summary>All at once; milliseconds until the last body has been read, and what each took.</summary>
    public const string Script =
        """
        const start = performance.now();
        const each = await Promise.all(Array.from({ length: arg.requests }, async (_, index) => {
          const response = await fetch('/bytes/' + arg.bytes + '?' + index, { cache: 'no-store' });
          const body = await response.arrayBuffer();
          if (body.byteLength !== arg.bytes) throw new Error('got ' + body.byteLength + ' of ' + arg.bytes);
          return performance.now() - start;
        }));
        return { all: performance.now() - start, each };
        """;

    public string Name => "concurrent";

    public string Description => "200 requests at once of 1 KB and of 62 KB: whole stack and direct HTTP, Chromium";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using var browser = await BenchBrowser.StartAsync(BrowserInstallation.Chromium);
        await using var suite = await BenchSuite.StartAsync();
        await using var direct = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Direct, suite.Target.Url);
        await using var ours = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Proxied, suite.Link);
        await direct.OpenAsync("/");
        await ours.OpenAsync("/");
        var rounds = context.Repeats(20, 6) + WarmUps;
        foreach (var (label, bytes) in new[] { ("1 KB", 1_000), ("62 KB", 62_000) })
        {
            for (var round = 0; round < rounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Report(round, rounds, label);
                var argument = new { requests = Requests, bytes };
                var directRun = await direct.RunAsync(Script, argument);
                var cpu = suite.Agent.Meter.CpuSeconds;
                var oursRun = await ours.RunAsync(Script, argument);
                cpu = suite.Agent.Meter.CpuSeconds - cpu;
                if (round >= WarmUps)
                {
                    context.Results.Add($"PeerProxy {label}, per request", "ms", PerRequest(oursRun));
                    context.Results.Add($"direct HTTP {label}, per request", "ms", PerRequest(directRun));
                    context.Results.Add($"PeerProxy {label}, slowest tenth from", "ms", SlowTenth(oursRun));
                    context.Results.Add($"PeerProxy {label}, agent CPU per request", "ms", cpu * 1000 / Requests);
                }
            }
        }

        context.Results.Judge("PeerProxy 62 KB, per request", context.Results["PeerProxy 62 KB, per request"].Median, "ms", atMost: 3);
        context.Results.Compare("PeerProxy 62 KB, per request", "direct HTTP 62 KB, per request");
        context.Results.Compare("PeerProxy 1 KB, per request", "direct HTTP 1 KB, per request");
        context.Results.Judge("agent peak memory", suite.Agent.Meter.PeakMegabytes, "MB", atMost: 120);
        context.Results.Draw(new BarPlot("per-request", "200 requests at once", "ms per request", [.. context.Results.Series.Where(series => series.Name.EndsWith("per request", StringComparison.Ordinal))]));
    }

    private static double PerRequest(JsonElement run) => run.GetProperty("all").GetDouble() / Requests;

    private static double SlowTenth(JsonElement run)
    {
        var each = new Series("each", "ms");
        foreach (var one in run.GetProperty("each").EnumerateArray())
        {
            each.Add(one.GetDouble());
        }

        return each.P90;
    }
}
