using PeerProxy.Bench.Framework;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>50 MB from the target to a page in Chromium, beside HTTP over TCP with BBR and CUBIC, and through an <c>ssh -R</c> whose relay doubles the way.</summary>
internal sealed class WanDownloadScenario() : WanTransferScenario("wan-download", "50 MB to Chromium over emulated links, beside TCP BBR, CUBIC and a reverse tunnel (PEERPROXY_BENCH_PATHS chooses links)")
{
    protected override bool UsesTunnel => true;

    protected override async Task MeasureAsync(WanBed bed, WanPath path, ScenarioResults results)
    {
        await bed.SetPathAsync(path, isUpload: false);
        await bed.VisitAsync();
        results.Add(Series(path, "PeerProxy"), "Mbit/s", (await bed.DownloadAsync(Bytes, Limit)).Megabits);
        results.Add(Series(path, "TCP BBR"), "Mbit/s", (await bed.TcpDownloadAsync("bbr", Bytes, Limit)).Megabits);
        results.Add(Series(path, "TCP CUBIC"), "Mbit/s", (await bed.TcpDownloadAsync("cubic", Bytes, Limit)).Megabits);
        if (bed.HasTunnel)
        {
            results.Add(Series(path, "reverse tunnel"), "Mbit/s", (await bed.TunnelDownloadAsync(Bytes, Limit)).Megabits);
        }
    }

    protected override void Judge(WanPath path, ScenarioResults results)
    {
        results.Compare(Series(path, "PeerProxy"), Series(path, "TCP BBR"), atLeast: 0.9);
        results.Compare(Series(path, "PeerProxy"), Series(path, "TCP CUBIC"), atLeast: 1.0);
        results.Compare(Series(path, "PeerProxy"), Series(path, "reverse tunnel"), atLeast: 1.5);
    }
}
