namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>50 MB from the target to the page.</summary>
internal sealed class DownloadScenario() : TransferScenario("download", "50 MB to the browser: whole stack, direct HTTP, raw libwebrtc data channel; Chromium and Firefox")
{
    protected override string Script =>
        """
        const start = performance.now();
        const response = await fetch('/bytes/' + arg, { cache: 'no-store' });
        const reader = response.body.getReader();
        let got = 0;
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          got += value.length;
        }
        if (got !== arg) throw new Error('got ' + got + ' of ' + arg);
        return performance.now() - start;
        """;

    protected override Task<double> RunAsync(Peers.LibWebRtc.LibWebRtcPeer peer, long bytes) => peer.DownloadAsync(bytes);
}
