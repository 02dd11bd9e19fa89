using System.Diagnostics;
using PeerProxy.Agent.NativeClient;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Stack;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>200 visitors with our own stack on one agent, all downloading for the same time.</summary>
internal sealed class VisitorsScenario : IScenario
{
    private const int Visitors = 200;

    /// <summary>Connections made at a time: visitors come one after the other, and a node limits those of one address.</summary>
    private const int Connecting = 8;

    /// <summary>Far more than one visitor can get in the time.</summary>
    private const long BodyBytes = 10_000_000_000;

    public string Name => "visitors";

    public string Description => "200 visitors (own stack) download at once from one agent: fairness and memory per visitor";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromSeconds(context.Repeats(20, 8));
        await using var suite = await BenchSuite.StartAsync();
        // A socket of its own for each, as browsers have: between two sockets only one session can be told from others.
        var transports = new WebRtcTransport?[Visitors];
        var visitors = new NativeVisitor?[Visitors];
        try
        {
            var idle = suite.Agent.Meter.Megabytes;
            var connected = 0;
            await Parallel.ForAsync(0, Visitors, new ParallelOptions { MaxDegreeOfParallelism = Connecting, CancellationToken = cancellationToken }, async (index, token) =>
            {
                var clock = Stopwatch.StartNew();
                var transport = transports[index] = new WebRtcTransport(new WebRtcTransportOptions { IncludeLoopback = true });
                visitors[index] = await NativeVisitor.ConnectAsync(transport, suite.EdgeUrl, suite.Link.Host.Split('.')[0], cancellationToken: token);
                lock (visitors)
                {
                    context.Results.Add("connecting", "ms", clock.Elapsed.TotalMilliseconds);
                }

                context.Report(Interlocked.Increment(ref connected), Visitors, "connecting");
            });
            context.Results.Add("agent memory per idle visitor", "MB", (suite.Agent.Meter.Megabytes - idle) / Visitors);

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            over.CancelAfter(duration);
            var cpu = suite.Agent.Meter.CpuSeconds;
            var received = await Task.WhenAll(visitors.Select(visitor => Task.Run(() => DownloadAsync(visitor!, over.Token), CancellationToken.None)));
            cpu = suite.Agent.Meter.CpuSeconds - cpu;
            foreach (var bytes in received)
            {
                context.Results.Add("received per visitor", "MB", bytes / 1e6);
            }

            var share = context.Results["received per visitor"];
            var total = received.Sum();
            context.Results.Add("all together", "MB/s", total / 1e6 / duration.TotalSeconds);
            context.Results.Add("agent CPU", "s/GB", cpu / total * 1e9);
            context.Results.Judge("visitors served", received.Count(bytes => bytes > 0), "of 200", atLeast: Visitors);
            context.Results.Judge("fairness: p90 / p10 of what each got", share.P90 / share.P10, "x", atMost: 2);
            context.Results.Judge("agent memory per visitor while active, at its peak", (suite.Agent.Meter.PeakMegabytes - idle) / Visitors, "MB", atMost: 1);
        }
        finally
        {
            foreach (var visitor in visitors)
            {
                if (visitor is not null)
                {
                    await visitor.DisposeAsync();
                }
            }

            foreach (var transport in transports)
            {
                if (transport is not null)
                {
                    await transport.DisposeAsync();
                }
            }
        }
    }

    /// <returns>Bytes received until the time was over.</returns>
    private static async Task<long> DownloadAsync(NativeVisitor visitor, CancellationToken over)
    {
        long received = 0;
        try
        {
            await using var response = await visitor.Tunnel.SendAsync(new TunnelRequest { Path = $"/bytes/{BodyBytes}" }, over);
            var buffer = new byte[64 * 1024];
            while (await response.Body.ReadAsync(buffer, over) is var count and > 0)
            {
                received += count;
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or TunnelStreamException && over.IsCancellationRequested)
        {
            // The time is over.
        }

        return received;
    }
}
