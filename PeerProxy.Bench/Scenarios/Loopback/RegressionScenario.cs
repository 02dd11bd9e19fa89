using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>The reference evaluation's measure: bodies from nothing to 5 MB, and a line through their times. Its slope is the throughput, its start the base latency.</summary>
internal sealed class RegressionScenario : IScenario
{
    private const int LargestBytes = 5_000_000;

    public string Name => "regression";

    public string Description => "0 to 5 MB in 50 KB steps, five times each, down and up: throughput (slope) and base latency (intercept), Chromium";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var stepBytes = context.IsQuick ? 250_000 : 50_000;
        var repeats = context.Repeats(5, 2);
        await using var browser = await BenchBrowser.StartAsync(BrowserInstallation.Chromium);
        await using var suite = await BenchSuite.StartAsync();
        await using var direct = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Direct, suite.Target.Url);
        await using var ours = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Proxied, suite.Link);
        await direct.OpenAsync("/");
        await ours.OpenAsync("/");
        var points = new Dictionary<string, List<(double X, double Y)>>();
        (string Name, SiteTab Tab, string Script)[] ways =
        [
            ("PeerProxy down", ours, TransferScripts.Download), ("PeerProxy up", ours, TransferScripts.Upload),
            ("direct HTTP down", direct, TransferScripts.Download), ("direct HTTP up", direct, TransferScripts.Upload),
        ];

        // Just-in-time compilation is not what the line shall show.
        foreach (var (_, tab, script) in ways)
        {
            await tab.RunAsync(script, LargestBytes);
            await tab.RunAsync(script, LargestBytes);
        }

        for (var repeat = 0; repeat < repeats; repeat++)
        {
            for (var bytes = 0; bytes <= LargestBytes; bytes += stepBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Report(repeat * LargestBytes + bytes, repeats * LargestBytes, $"{bytes / 1000} KB");
                foreach (var (name, tab, script) in ways)
                {
                    var milliseconds = (await tab.RunAsync(script, bytes)).GetDouble();
                    points.TryAdd(name, []);
                    points[name].Add((bytes / 1e6, milliseconds));
                }
            }
        }

        foreach (var (name, measured) in points)
        {
            var (slope, intercept) = Line(measured);
            context.Results.Add($"{name}, throughput", "MB/s", 1000 / slope);
            context.Results.Add($"{name}, base latency", "ms", intercept);
        }

        context.Results.Draw(new LinePlot("time", "Time of one transfer", "MB", "ms", [.. points.Select(line => new PlotLine(line.Key, line.Value, IsScatter: true))]));
        context.Results.Note("The reference's prototype, as quoted: 16.9 MB/s down, 14.4 up on a two-core machine.");
    }

    /// <summary>Least squares.</summary>
    private static (double Slope, double Intercept) Line(List<(double X, double Y)> points)
    {
        var meanX = points.Average(point => point.X);
        var meanY = points.Average(point => point.Y);
        var slope = points.Sum(point => (point.X - meanX) * (point.Y - meanY)) / points.Sum(point => (point.X - meanX) * (point.X - meanX));
        return (slope, meanY - slope * meanX);
    }
}
