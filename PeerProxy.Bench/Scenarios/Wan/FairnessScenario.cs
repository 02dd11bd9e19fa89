using PeerProxy.Bench.Framework;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>One download beside one TCP CUBIC flow on the same bottleneck, and how much delay it adds when it is alone.</summary>
internal sealed class FairnessScenario : IScenario
{
    /// <summary>One bandwidth-delay product of buffer.</summary>
    private static readonly WanPath _path = new(50, 50, 0, QueueMs: 50);

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(4);

    public string Name => "fairness";

    public string Description => "A download beside one TCP CUBIC flow at 50 Mbit/s and 50 ms, and the delay a download adds alone";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var rounds = context.Repeats(3, 1);
        var span = TimeSpan.FromSeconds(context.Repeats(40, 25));
        await using var bed = await WanBed.StartAsync();
        await bed.SetPathAsync(_path, isUpload: false);
        for (var round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Report(round, rounds, "beside TCP CUBIC");
            await bed.VisitAsync();
            var ours = bed.DownloadAsync(1_000_000_000, span + _warmUp);
            var theirs = bed.TcpDownloadAsync("cubic", 1_000_000_000, span + _warmUp);
            await Task.WhenAll(ours, theirs);
            var share = (await ours).Megabits / ((await ours).Megabits + (await theirs).Megabits);
            context.Results.Add("PeerProxy", "Mbit/s", (await ours).Megabits);
            context.Results.Add("TCP CUBIC beside it", "Mbit/s", (await theirs).Megabits);
            context.Results.Add("our share", "%", share * 100);

            await bed.VisitAsync();
            var alone = bed.DownloadAsync(1_000_000_000, TimeSpan.FromSeconds(14));
            await Task.Delay(_warmUp, cancellationToken);
            foreach (var time in await bed.HandshakesAsync(TimeSpan.FromSeconds(8)))
            {
                context.Results.Add("round trip beside our download", "ms", time);
            }

            await alone;
        }

        context.Results.Judge("our share beside one CUBIC flow", context.Results["our share"].Median, "%", atLeast: 30);
        context.Results.Judge("our share beside one CUBIC flow, at most", context.Results["our share"].Median, "%", atMost: 70);
        var added = context.Results["round trip beside our download"].Median - _path.RoundTripMs;
        context.Results.Judge("median delay our download adds / base round trip", added / _path.RoundTripMs, "x", atMost: 1.5);
    }
}
