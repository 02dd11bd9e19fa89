using System.Diagnostics;
using PeerProxy.Bench.Framework;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Bench.Scenarios.Resources;

/// <summary>What connected peers cost that say nothing: managed memory each, and the processor time of all together.</summary>
internal sealed class IdlePeersScenario : IScenario
{
    private const int Peers = 500;

    /// <summary>Keepalives come every few seconds: the time must hold several.</summary>
    private static readonly TimeSpan _idleTime = TimeSpan.FromSeconds(20);

    public string Name => "idle-peers";

    public string Description => $"{Peers} connected idle peers: memory of each and processor time of all (no browser needed)";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using var peers = new TransportPeers(Peers + 1);
        var connections = new List<(IPeerConnection, IPeerConnection)> { await peers.ConnectAsync(0, cancellationToken) };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        while (connections.Count <= Peers)
        {
            context.Report(connections.Count, Peers, "connecting");
            connections.Add(await peers.ConnectAsync(connections.Count, cancellationToken));
        }

        // Handshakes leave garbage, and the last of it when their timers have run.
        await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
        var after = GC.GetTotalMemory(forceFullCollection: true);

        // Both ends are in this process, and each visitor's transport with its thread: more than an agent has to bear.
        var kilobytes = (after - before) / 1024.0 / Peers / 2;
        context.Results.Add("managed memory per peer", "KB", kilobytes);
        context.Results.Judge("managed memory per peer", kilobytes, "KB", atMost: 100);

        for (var i = 0; i < context.Repeats(3, 1); i++)
        {
            context.Report(Peers, Peers, "idle");
            using var process = Process.GetCurrentProcess();
            var start = process.TotalProcessorTime;
            var clock = Stopwatch.StartNew();
            await Task.Delay(_idleTime, cancellationToken);
            process.Refresh();
            context.Results.Add("processor time of all peers", "% of a core", (process.TotalProcessorTime - start) / clock.Elapsed / 2 * 100);
        }

        context.Results.Judge("processor time of all peers", context.Results["processor time of all peers"].Median, "% of a core", atMost: 2);
        GC.KeepAlive(connections);
    }
}
