namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>50 MB from the target to the page.</summary>
internal sealed class DownloadScenario() : TransferScenario("download", "50 MB to the browser: whole stack, direct HTTP, raw libwebrtc data channel; Chromium and Firefox")
{
    protected override string Script => TransferScripts.Download;

    protected override Task<double> RunAsync(Peers.LibWebRtc.LibWebRtcPeer peer, long bytes) => peer.DownloadAsync(bytes);
}
