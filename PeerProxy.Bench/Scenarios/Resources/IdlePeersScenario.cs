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

    private static readonly TimeSpan _quickIdleTime = TimeSpan.FromSeconds(6);

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

        // Both ends are in this process, and each visitor's transport too: more than an agent has to bear.
        var kilobytes = (after - before) / 1024.0 / Peers / 2;
        context.Results.Add("managed memory per peer", "KB", kilobytes);
        context.Results.Judge("managed memory per peer", kilobytes, "KB", atMost: 100);

        const string OfAll = "processor time of all peers";
        for (var i = 0; i < context.Repeats(3, 1); i++)
        {
            context.Report(Peers, Peers, "idle");
            var start = ThreadTimes.OfThisProcess();
            var clock = Stopwatch.StartNew();
            await Task.Delay(context.IsQuick ? _quickIdleTime : _idleTime, cancellationToken);
            var used = ThreadTimes.OfThisProcess().Since(start);

            // The agent's end of all connections is one thread, the busiest; each visitor has its own, as it has its own machine.
            context.Results.Add(OfAll, "% of a core", used.Busiest / clock.Elapsed * 100);
            context.Results.Add("the same, with the visitors'", "% of a core", used.Sum / clock.Elapsed * 100);
        }

        context.Results.Judge(OfAll, context.Results[OfAll].Median, "% of a core", atMost: 2);
        GC.KeepAlive(connections);
    }
}
