namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>50 MB from the page to the target.</summary>
internal sealed class UploadScenario() : TransferScenario("upload", "50 MB from the browser: whole stack, direct HTTP, raw libwebrtc data channel; Chromium and Firefox")
{
    protected override string Script =>
        """
        const body = new Uint8Array(arg);
        const start = performance.now();
        const response = await fetch('/upload', { method: 'POST', body });
        const text = await response.text();
        if (text !== String(arg)) throw new Error('the target got ' + text + ' of ' + arg);
        return performance.now() - start;
        """;

    protected override Task<double> RunAsync(Peers.LibWebRtc.LibWebRtcPeer peer, long bytes) => peer.UploadAsync(bytes);
}
