using System.Diagnostics;
using PeerProxy.Bench.Framework;

namespace PeerProxy.Bench.Scenarios.Resources;

/// <summary>Connections made and closed over and over: what is still there afterwards was leaked.</summary>
internal sealed class ConnectionChurnScenario : IScenario
{
    /// <summary>At a time: enough that handshakes overlap.</summary>
    private const int Batch = 20;

    /// <summary>What caches and pools may have grown by.</summary>
    private const double AllowedMegabytes = 4;

    /// <summary>The pool's threads come and go with what else the machine does; a leak would leave one for each of a thousand connections or more.</summary>
    private const int PoolThreads = 16;

    public string Name => "connection-churn";

    public string Description => "set-up and tear-down of 10,000 connections: memory, threads and handles left behind (no browser needed)";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var rounds = context.Repeats(10_000, 1000) / Batch;
        await using var peers = new TransportPeers(Batch);

        // Threads and pools reach their size.
        for (var i = 0; i < 5; i++)
        {
            await CycleAsync(peers, cancellationToken);
        }

        var before = await SettledAsync(cancellationToken);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < rounds; i++)
        {
            context.Report(i * Batch, rounds * Batch, "connections");
            await CycleAsync(peers, cancellationToken);
        }

        context.Results.Add("connection set-up and tear-down", "ms", clock.Elapsed.TotalMilliseconds / rounds / Batch);
        var after = await SettledAsync(cancellationToken);
        context.Results.Judge("managed memory left", (after.Bytes - before.Bytes) / 1048576.0, "MB", atMost: AllowedMegabytes);
        context.Results.Judge("threads left", after.Threads - before.Threads, "", atMost: PoolThreads);
        context.Results.Judge("handles left", after.Handles - before.Handles, "", atMost: 10);
    }

    private static async Task CycleAsync(TransportPeers peers, CancellationToken cancellationToken)
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, Batch).Select(visitor => peers.ConnectAsync(visitor, cancellationToken)));
        var number = 0;
        foreach (var (agent, visitor) in connections)
        {
            // Either side may be the one that leaves, and the other hears of it.
            var (first, second) = number++ % 2 == 0 ? (agent, visitor) : (visitor, agent);
            await first.DisposeAsync();
            await second.Closed.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        }
    }

    private static async Task<(long Bytes, int Threads, int Handles)> SettledAsync(CancellationToken cancellationToken)
    {
        // Addresses and idle threads are kept for seconds after their connection.
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.Threads.Count, process.HandleCount);
    }
}
