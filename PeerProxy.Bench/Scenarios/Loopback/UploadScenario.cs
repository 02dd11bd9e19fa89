namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>50 MB from the page to the target.</summary>
internal sealed class UploadScenario() : TransferScenario("upload", "50 MB from the browser: whole stack, direct HTTP, raw libwebrtc data channel; Chromium and Firefox")
{
    protected override string Script => TransferScripts.Upload;

    protected override Task<double> RunAsync(Peers.LibWebRtc.LibWebRtcPeer peer, long bytes) => peer.UploadAsync(bytes);
}
