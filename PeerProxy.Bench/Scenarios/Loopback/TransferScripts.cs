namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>What pages do with large bodies: <c>arg</c> is the length in bytes, the result the milliseconds it took.</summary>
internal static class TransferScripts
{
    /// <summary>Reads a response piece by piece.</summary>
    public const string Download =
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

    /// <summary>Sends a blob, as file inputs do.</summary>
    public const string Upload =
        """
        const body = new Blob([new Uint8Array(arg)]);
        const start = performance.now();
        const response = await fetch('/upload', { method: 'POST', body });
        const text = await response.text();
        if (text !== String(arg)) throw new Error('the target got ' + text + ' of ' + arg);
        return performance.now() - start;
        """;
}
