using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>Throughput over the round trip time on a link of 100 Mbit/s without loss: the whole stack, a raw libwebrtc data channel, and TCP.</summary>
internal sealed class RoundTripScenario : IScenario
{
    private const int Megabits = 100;
    private const long Bytes = 30_000_000;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(12);

    public string Name => "wan-round-trip";

    public string Description => "30 MB at 100 Mbit/s over round trips of 0 to 200 ms: whole stack, raw libwebrtc data channel, TCP CUBIC and BBR";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        int[] roundTrips = context.IsQuick ? [0, 50, 200] : [0, 10, 20, 50, 100, 150, 200];
        await using var bed = await WanBed.StartAsync();
        var lines = new Dictionary<string, List<(double X, double Y)>>();
        foreach (var roundTrip in roundTrips)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Report(Array.IndexOf(roundTrips, roundTrip), roundTrips.Length, $"{roundTrip} ms");
            var path = new WanPath(roundTrip, Megabits, 0);
            await bed.SetPathAsync(path, isUpload: false);
            await bed.VisitAsync();
            Add("PeerProxy", (await bed.DownloadAsync(Bytes, _limit)).Megabits);
            Add("TCP BBR", (await bed.TcpDownloadAsync("bbr", Bytes, _limit)).Megabits);
            Add("TCP CUBIC", (await bed.TcpDownloadAsync("cubic", Bytes, _limit)).Megabits);
            await using var raw = await bed.ConnectRawAsync(context.ArtifactsFolder, cancellationToken);
            Add("raw libwebrtc", Bytes * 8 / 1e3 / await raw.DownloadAsync(Bytes));

            void Add(string way, double megabits)
            {
                context.Results.Add($"{roundTrip} ms, {way}", "Mbit/s", megabits);
                lines.TryAdd(way, []);
                lines[way].Add((roundTrip, megabits));
            }
        }

        foreach (var roundTrip in roundTrips)
        {
            context.Results.Compare($"{roundTrip} ms, PeerProxy", $"{roundTrip} ms, raw libwebrtc", atLeast: 1.0);
        }

        context.Results.Draw(new LinePlot("rate", "100 Mbit/s, no loss", "round trip, ms", "Mbit/s", [.. lines.Select(line => new PlotLine(line.Key, line.Value))]));
    }
}
