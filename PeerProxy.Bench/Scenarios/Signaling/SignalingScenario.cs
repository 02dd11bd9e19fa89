using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;
using PeerProxy.Bench.Peers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Signaling;

/// <summary>What agents cost a node, and how fast it introduces visitors to them, beside a PeerJS server.</summary>
internal sealed class SignalingScenario : IScenario
{
    private const int OffersPerSecond = 1_000;

    /// <summary>Visitors that take turns: each waits for its answer before its next offer.</summary>
    private const int Visitors = 250;

    /// <summary>Registrations in flight at once: enough to keep both cores busy.</summary>
    private const int ConcurrentConnects = 64;

    private const int WarmUpRounds = 2;

    /// <summary>Open files beside the agents' sockets: visitors, the first few agents, pipes, libraries.</summary>
    private const int OtherFiles = 1_500;

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(5);

    /// <summary>How often every quiet client shows that it is alive: our nodes ask for it, clients of PeerJS do it by themselves.</summary>
    private const int HeartbeatSeconds = 30;

    /// <summary>Memory is weighed when every client has been quiet for so long that it has shown once that it is alive.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(HeartbeatSeconds + 5);

    /// <summary>An answer that has not come by then never will.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    public string Name => "signaling";

    public string Description => "memory per agent, and offer to answer at 1,000 offers/s on one node and across nodes, beside PeerJS server (no browser needed)";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        // Another number of agents, for a look at one part or at a smaller machine: PEERPROXY_BENCH_AGENTS=500.
        var agents = int.TryParse(Environment.GetEnvironmentVariable("PEERPROXY_BENCH_AGENTS"), CultureInfo.InvariantCulture, out var wanted)
            ? Math.Max(wanted, Visitors)
            : context.Repeats(20_000, 5_000);
        var rounds = context.Repeats(6, 2) + WarmUpRounds;
        var limit = FileLimit.Raise(agents + OtherFiles);
        if (limit < agents + OtherFiles)
        {
            agents = (int)limit - OtherFiles;
            context.Results.Note($"{agents} agents: this process and each server may have {limit} open files.");
        }

        if (agents < Visitors)
        {
            throw new ScenarioUnavailableException($"A limit of {limit} open files is too low.");
        }

        var peerJsScript = NpmPackage.PeerJs.PathOfProof(await NpmPackage.PeerJs.EnsureAsync(context.ArtifactsFolder, cancellationToken));
        var sockets = new ConcurrentBag<LoadSocket>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var redis = await RedisProcess.TryStartAsync() ?? throw new ScenarioUnavailableException("Nodes that work together need redis-server.");
        await using var node = PeerProxyServer.Start(redis: null);
        await using var peerJs = PeerJsServer.Start(peerJsScript);
        await using var near = PeerProxyServer.Start(redis.ConnectionString);
        await using var far = PeerProxyServer.Start(redis.ConnectionString);
        try
        {
            foreach (var server in new SignalingServer[] { node, peerJs, near, far })
            {
                await server.WaitUntilListeningAsync(cancellationToken);
            }

            _ = KeepAliveAsync(sockets, over.Token);
            await FillAsync(context, "PeerProxy node", node, agents, sockets, cancellationToken);
            await FillAsync(context, "PeerJS server", peerJs, agents, sockets, cancellationToken);
            context.Results.Compare("PeerProxy node, memory per agent", "PeerJS server, memory per agent", atMost: 1.0);
            context.Results.Compare("PeerProxy node, CPU per registration", "PeerJS server, CPU per registration");
            context.Results.Judge($"PeerProxy node with {agents} agents", context.Results["PeerProxy node, memory"].Median, "MB", atMost: 1_000.0 * agents / 20_000);

            await ConnectAsync(near, "far-agent", Visitors, sockets, cancellationToken);
            var ours = await VisitorsAsync(node, "agent", sockets, cancellationToken);
            var theirs = await VisitorsAsync(peerJs, "agent", sockets, cancellationToken);
            var across = await VisitorsAsync(far, "far-agent", sockets, cancellationToken);
            for (var round = 0; round < rounds; round++)
            {
                var counts = round >= WarmUpRounds;
                context.Report(round, rounds, "offers");
                await OfferAsync(context, "PeerProxy, one node", ours, node, counts, cancellationToken);
                await OfferAsync(context, "PeerJS", theirs, peerJs, counts, cancellationToken);
                await OfferAsync(context, "PeerProxy, across nodes", across, far, counts, cancellationToken);
            }
        }
        finally
        {
            await over.CancelAsync();
            foreach (var socket in sockets)
            {
                await socket.DisposeAsync();
            }
        }

        foreach (var quantile in new[] { "p50", "p99" })
        {
            context.Results.Compare($"PeerProxy, one node, {quantile}", $"PeerJS, {quantile}", atMost: 1.0);
            context.Results.Compare($"PeerProxy, across nodes, {quantile}", $"PeerJS, {quantile}");
        }

        context.Results.Compare("PeerProxy, one node, CPU", "PeerJS, CPU", atMost: 1.0);
        context.Results.Draw(new BarPlot("latency", "Offer to answer at 1,000 offers per second", "ms", [.. context.Results.Series.Where(series => series.Unit == "ms")]));
    }

    /// <summary>Registers agents, weighs the server before and after, and leaves only those that visitors will ask for.</summary>
    private static async Task FillAsync(
        BenchContext context, string name, SignalingServer server, int agents, ConcurrentBag<LoadSocket> sockets, CancellationToken cancellationToken)
    {
        // The first few load what every further one uses.
        const int First = 100;
        context.Report(0, agents, $"agents at the {name}");
        await ConnectAsync(server, "warm", First, sockets, cancellationToken);
        var before = server.Meter.Megabytes;
        var cpu = server.Meter.CpuSeconds;
        var clock = Stopwatch.StartNew();
        var opened = await ConnectAsync(server, "agent", agents, sockets, cancellationToken);
        // Of the machine as a whole: our agents, which run on it too, sign for their names.
        context.Results.Add($"{name}, registrations", "1/s", agents / clock.Elapsed.TotalSeconds);
        context.Results.Add($"{name}, CPU per registration", "ms", (server.Meter.CpuSeconds - cpu) * 1_000 / agents);
        await Task.Delay(_quiet, cancellationToken);
        context.Results.Add($"{name}, memory per agent", "KB", (server.Meter.Megabytes - before) * 1_000 / agents);
        context.Results.Add($"{name}, memory", "MB", server.Meter.Megabytes);
        context.Results.Add($"{name}, peak memory", "MB", server.Meter.PeakMegabytes);
        await Parallel.ForEachAsync(opened.Skip(Visitors), cancellationToken, async (agent, _) => await agent.DisposeAsync());
    }

    /// <summary>A slice of all clients each second.</summary>
    private static async Task KeepAliveAsync(ConcurrentBag<LoadSocket> sockets, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var second = 0; await timer.WaitForNextTickAsync(cancellationToken); second++)
        {
            foreach (var socket in sockets.Where((_, number) => number % HeartbeatSeconds == second % HeartbeatSeconds))
            {
                await socket.HeartbeatAsync(cancellationToken);
            }
        }
    }

    private static async Task<List<LoadSocket>> ConnectAsync(
        SignalingServer server, string prefix, int count, ConcurrentBag<LoadSocket> sockets, CancellationToken cancellationToken, Func<int, string>? peer = null)
    {
        var opened = Enumerable.Range(0, count).Select(number => new LoadSocket(server, $"{prefix}-{number}", peer?.Invoke(number))).ToList();
        foreach (var socket in opened)
        {
            sockets.Add(socket);
        }

        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = ConcurrentConnects, CancellationToken = cancellationToken },
            async (number, token) => await opened[number].ConnectAsync(number, cancellationToken));
        return opened;
    }

    private static Task<List<LoadSocket>> VisitorsAsync(SignalingServer server, string agents, ConcurrentBag<LoadSocket> sockets, CancellationToken cancellationToken) =>
        ConnectAsync(server, "visitor", Visitors, sockets, cancellationToken, number => $"{agents}-{number}");

    /// <summary>Makes offers at a steady rate; an answer that is late delays nobody else's offer.</summary>
    private static async Task OfferAsync(
        BenchContext context, string name, List<LoadSocket> visitors, SignalingServer server, bool counts, CancellationToken cancellationToken)
    {
        var total = context.Repeats(10, 4) * OffersPerSecond;
        var answers = new List<Task<TimeSpan>>(total);
        var cpu = server.Meter.CpuSeconds;
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(_tick);
        var next = 0;
        var late = 0;
        while (next < total)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
            for (var due = Math.Min(total, (int)(clock.Elapsed.TotalSeconds * OffersPerSecond)); next < due; next++)
            {
                if (visitors[next % visitors.Count].Offer(cancellationToken) is { } answer)
                {
                    answers.Add(answer);
                }
                else
                {
                    late++;
                }
            }
        }

        var times = (await Task.WhenAll(answers).WaitAsync(_patience, cancellationToken)).Select(time => time.TotalMilliseconds).Order().ToArray();
        if (counts)
        {
            context.Results.Add($"{name}, p50", "ms", times[times.Length / 2]);
            context.Results.Add($"{name}, p99", "ms", times[times.Length * 99 / 100]);
            context.Results.Add($"{name}, offers without a turn", "offers", late);
            context.Results.Add($"{name}, CPU", "ms per offer", (server.Meter.CpuSeconds - cpu) * 1_000 / total);
        }
    }
}
