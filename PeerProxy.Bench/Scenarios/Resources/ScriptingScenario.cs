using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Scenarios.Loopback;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Resources;

/// <summary>What a visit costs the browser: scripts and processor time of its threads by its own tracing, processor time and memory of its processes.</summary>
internal sealed class ScriptingScenario : IScenario
{
    private const long Bytes = 50_000_000;
    private const int Requests = 200;

    private const string ManyRequests =
        """
        await Promise.all(Array.from({ length: arg }, async (_, index) => (await fetch('/bytes/1000?' + Math.random(), { cache: 'no-store' })).arrayBuffer()));
        """;

    /// <summary>Threads that work for the page; the rest goes into one figure.</summary>
    private static readonly string[] _threads = ["CrRendererMain", "ServiceWorker thread", "DedicatedWorker thread"];

    public string Name => "scripting";

    public string Description => "scripting time of main thread and workers, processor time and memory of the browser: 50 MB, and 200 requests, Chromium";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var path = BrowserInstallation.FindChromium() ?? throw new ScenarioUnavailableException("chromium is not installed on this machine.");
        await using var browser = await ChromiumBrowser.StartAsync(path);
        await using var suite = await BenchSuite.StartAsync();
        await using var direct = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Direct, suite.Target.Url);
        await using var ours = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Proxied, suite.Link);
        await direct.OpenAsync("/");
        await ours.OpenAsync("/");
        var meter = new ProcessMeter(await browser.RootProcessIdAsync());
        (string Work, string Script, long Argument)[] works = [("50 MB down", TransferScripts.Download, Bytes), ("50 MB up", TransferScripts.Upload, Bytes), ("200 requests of 1 KB", ManyRequests, Requests)];
        var rounds = context.Repeats(5, 2) + 1;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (work, script, argument) in works)
            {
                foreach (var (way, tab) in new[] { ("PeerProxy", ours), ("direct HTTP", direct) })
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    context.Report(round, rounds, $"{work}, {way}");
                    var cpu = meter.TreeCpuSeconds;
                    var trace = await browser.TraceAsync();
                    await tab.RunAsync(script, argument);
                    var threads = await trace.StopAsync();
                    if (round > 0)
                    {
                        Add(context.Results, $"{work}, {way}", threads, meter.TreeCpuSeconds - cpu);
                    }
                }
            }
        }

        context.Results.Add("browser with both pages, resident", "MB", meter.TreeMegabytes);
    }

    private static void Add(ScenarioResults results, string name, IReadOnlyDictionary<string, ThreadTime> threads, double cpuSeconds)
    {
        foreach (var thread in _threads.Where(threads.ContainsKey))
        {
            results.Add($"{name}: scripts of {thread}", "ms", threads[thread].Scripting);
            results.Add($"{name}: all of {thread}", "ms", threads[thread].Tasks);
        }

        results.Add($"{name}: all other threads", "ms", threads.Where(thread => !_threads.Contains(thread.Key)).Sum(thread => thread.Value.Tasks));
        results.Add($"{name}: processes, with tracing", "ms", cpuSeconds * 1000);
    }
}
