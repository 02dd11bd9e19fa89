using PeerProxy.Bench.Framework;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>A fast long path beside the same links without delay and limit: what delay alone costs where the machine is the limit.</summary>
internal sealed class GigabitScenario : IScenario
{
    private const string Fast = "1 Gbit/s, 20 ms";
    private const string Loopback = "no delay, no limit";
    private const long Bytes = 100_000_000;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    public string Name => "wan-gigabit";

    public string Description => "100 MB to Chromium at 1 Gbit/s and 20 ms, beside the same without delay and limit";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var rounds = context.Repeats(5, 2);
        await using var bed = await WanBed.StartAsync();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, path) in new[] { (Loopback, new WanPath(0, 0, 0)), (Fast, new WanPath(20, 1000, 0)) })
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Report(round, rounds, name);
                await bed.SetPathAsync(path, isUpload: false);
                await bed.VisitAsync();
                context.Results.Add(name, "Mbit/s", (await bed.DownloadAsync(Bytes, _limit)).Megabits);
            }
        }

        context.Results.Compare(Fast, Loopback, atLeast: 0.8);
    }
}
