using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Scenarios.Loopback;
using PeerProxy.Bench.Scenarios.Resources;
using PeerProxy.Bench.Scenarios.Signaling;
using PeerProxy.Bench.Scenarios.Wan;

namespace PeerProxy.Bench;

/// <summary>Every scenario, in the order of <c>all</c>: one line each.</summary>
internal static class ScenarioList
{
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new FrameCheckScenario(),
        new DownloadScenario(),
        new UploadScenario(),
        new ConcurrentScenario(),
        new LatencyBlocksScenario(),
        new RegressionScenario(),
        new FirstByteScenario(),
        new VisitorsScenario(),
        new WanDownloadScenario(),
        new WanUploadScenario(),
        new PageLoadScenario(),
        new RoundTripScenario(),
        new WanFirstByteScenario(),
        new GigabitScenario(),
        new SmallUnderBulkScenario(),
        new FairnessScenario(),
        new SignalingScenario(),
        new IdlePeersScenario(),
        new ConnectionChurnScenario(),
        new ScriptingScenario(),
    ];
}
