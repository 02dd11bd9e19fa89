using PeerProxy.Bench.Framework;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>A body from a page in Chromium to the target, beside HTTP over TCP with CUBIC.</summary>
internal sealed class WanUploadScenario() : WanTransferScenario("wan-upload", "Uploads from Chromium over emulated links, beside TCP CUBIC (PEERPROXY_BENCH_PATHS chooses links)")
{
    protected override async Task MeasureAsync(WanBed bed, WanPath path, ScenarioResults results)
    {
        await bed.SetPathAsync(path, isUpload: true);
        await bed.VisitAsync();
        results.Add(Series(path, "PeerProxy"), "Mbit/s", (await bed.UploadAsync(Bytes, Limit)).Megabits);
        results.Add(Series(path, "TCP CUBIC"), "Mbit/s", (await bed.TcpUploadAsync("cubic", Bytes, Limit)).Megabits);
    }

    protected override void Judge(WanPath path, ScenarioResults results) =>
        results.Compare(Series(path, "PeerProxy"), Series(path, "TCP CUBIC"), atLeast: path.LossPercent == 0 ? 0.85 : 1.0);
}
