using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;
using PeerProxy.Bench.Peers.LibWebRtc;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>One large body at a time, the ways to carry it taking turns in the same browser.</summary>
internal abstract class TransferScenario(string name, string description) : IScenario
{
    private const long Bytes = 50_000_000;

    /// <summary>Rounds that are not counted: just-in-time compilation at both ends.</summary>
    private const int WarmUps = 2;

    public string Name => name;

    public string Description => description;

    /// <summary>Moves <c>arg</c> bytes in a page of the site and returns the milliseconds it took.</summary>
    protected abstract string Script { get; }

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        // A measurement of one browser alone: PEERPROXY_BENCH_BROWSER=chromium.
        var only = Environment.GetEnvironmentVariable("PEERPROXY_BENCH_BROWSER");
        foreach (var browserName in new[] { BrowserInstallation.Chromium, BrowserInstallation.Firefox }.Where(browser => only is null || only == browser))
        {
            await RunAsync(browserName, context, cancellationToken);
        }

        context.Results.Draw(new BarPlot("rate", $"{name} of 50 MB on the loopback", "MB/s", [.. context.Results.Series.Where(series => series.Unit == "MB/s" && !series.Name.Contains("direct", StringComparison.Ordinal))]));
    }

    protected abstract Task<double> RunAsync(LibWebRtcPeer peer, long bytes);

    private async Task RunAsync(string browserName, BenchContext context, CancellationToken cancellationToken)
    {
        // For a profiler beside it: nothing but our own transfers, and nothing is counted.
        var isProfile = Environment.GetEnvironmentVariable("PEERPROXY_BENCH_PROFILE") is not null;
        var rounds = context.Repeats(10, 5) + WarmUps;
        await using var browser = await BenchBrowser.StartAsync(browserName);
        await using var suite = await BenchSuite.StartAsync();
        await using var raw = await LibWebRtcPeer.ConnectAsync(browser, context.ArtifactsFolder, cancellationToken);
        await using var direct = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Direct, suite.Target.Url);
        await using var ours = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Proxied, suite.Link);
        await direct.OpenAsync("/");
        await ours.OpenAsync("/");
        var self = new ProcessMeter(Environment.ProcessId);
        var before = await suite.Agent.ReadRuntimeAsync();
        for (var round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var counts = round >= WarmUps;
            if (round == WarmUps)
            {
                before = await suite.Agent.ReadRuntimeAsync();
            }

            context.Report(round, rounds, browserName);
            if (isProfile)
            {
                await ours.RunAsync(Script, Bytes);
                continue;
            }

            var directMs = (await direct.RunAsync(Script, Bytes)).GetDouble();
            var (oursCpu, allCpu) = (suite.Agent.Meter.CpuSeconds, self.TreeCpuSeconds);
            var oursMs = (await ours.RunAsync(Script, Bytes)).GetDouble();
            (oursCpu, allCpu) = (suite.Agent.Meter.CpuSeconds - oursCpu, self.TreeCpuSeconds - allCpu);
            var (rawCpu, allRawCpu) = (raw.Meter.CpuSeconds, self.TreeCpuSeconds);
            var rawMs = await RunAsync(raw, Bytes);
            (rawCpu, allRawCpu) = (raw.Meter.CpuSeconds - rawCpu, self.TreeCpuSeconds - allRawCpu);
            if (counts)
            {
                context.Results.Add($"{browserName} PeerProxy", "MB/s", Rate(oursMs));
                context.Results.Add($"{browserName} libwebrtc", "MB/s", Rate(rawMs));
                context.Results.Add($"{browserName} direct HTTP", "MB/s", Rate(directMs));
                context.Results.Add($"{browserName} agent CPU", "s/GB", oursCpu / Bytes * 1e9);
                context.Results.Add($"{browserName} libwebrtc peer CPU", "s/GB", rawCpu / Bytes * 1e9);
                context.Results.Add($"{browserName} PeerProxy, CPU of all", "s/GB", allCpu / Bytes * 1e9);
                context.Results.Add($"{browserName} libwebrtc, CPU of all", "s/GB", allRawCpu / Bytes * 1e9);
            }
        }

        if (isProfile)
        {
            return;
        }

        var after = await suite.Agent.ReadRuntimeAsync();
        var hundredMegabytes = (rounds - WarmUps) * Bytes / 1e8;
        context.Results.Compare($"{browserName} PeerProxy", $"{browserName} libwebrtc", atLeast: browserName == BrowserInstallation.Chromium ? 1.0 : 0.9);
        context.Results.Compare($"{browserName} agent CPU", $"{browserName} libwebrtc peer CPU", atMost: 1.0);
        context.Results.Judge($"{browserName}: managed allocations per 100 MB", (after.AllocatedBytes - before.AllocatedBytes) / hundredMegabytes / 1e6, "MB", atMost: 1);
        context.Results.Judge($"{browserName}: longest pause of the garbage collector", after.LongestPauseMs, "ms", atMost: 10);
        context.Results.Judge($"{browserName}: agent peak memory", suite.Agent.Meter.PeakMegabytes, "MB", atMost: 120);
        context.Report(rounds, rounds, browserName);
    }

    private static double Rate(double milliseconds) => Bytes / 1e3 / milliseconds;
}
