using PeerProxy.Bench.Framework;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>The first byte over round trips between browser and agent.</summary>
internal sealed class WanFirstByteScenario : IScenario
{
    private static readonly int[] _roundTrips = [50, 100];

    public string Name => "wan-first-byte";

    public string Description => "first byte of the site's page at round trips of 50 and 100 ms, cold and warm, with its breakdown, Chromium";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var rounds = context.Repeats(15, 5);
        await using var bed = await WanBed.StartAsync();
        for (var round = -1; round < rounds; round++)
        {
            foreach (var roundTrip in _roundTrips)
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Report(Math.Max(round, 0), rounds, $"{roundTrip} ms");
                await bed.SetPathAsync(new WanPath(roundTrip, 100, 0), isUpload: false);
                var results = round < 0 ? null : context.Results;
                await using (var direct = await bed.NewTabAsync(Route.Direct))
                {
                    await FirstByte.VisitDirectlyAsync(direct, results, Prefix(roundTrip));
                }

                await using var tab = await bed.NewTabAsync(Route.Proxied);
                await FirstByte.VisitAsync(tab, results, Prefix(roundTrip));
            }
        }

        foreach (var roundTrip in _roundTrips)
        {
            FirstByte.Judge(context.Results, Prefix(roundTrip), roundTrip);
        }
    }

    private static string Prefix(int roundTrip) => $"{roundTrip} ms, ";
}
