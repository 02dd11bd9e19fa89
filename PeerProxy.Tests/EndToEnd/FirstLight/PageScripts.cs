namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Scripts that several cases run in the site's page.</summary>
internal static class PageScripts
{
    /// <summary>Fetches <c>arg</c> and returns its length and SHA-256.</summary>
    public const string DownloadAndHash = """
        const response = await fetch(arg);
        const body = await response.arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
        return { status: response.status, length: body.byteLength, sha256: Array.from(digest, b => b.toString(16).padStart(2, '0')).join('') };
        """;

    /// <summary>Uploads <c>arg.megabytes</c> of bytes that are not compressible and returns what the target and the page computed.</summary>
    public const string UploadAndHash = """
        const body = new Uint8Array(arg.megabytes * 1048576);
        const words = new Uint32Array(body.buffer);
        for (let i = 0, x = 2463534242; i < words.length; i++) {
          x ^= x << 13; x ^= x >>> 17; x ^= x << 5;
          words[i] = x;
        }
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
        const response = await fetch(arg.url, { method: 'POST', body: new Blob([body]), headers: { 'content-type': 'application/x-lab' } });
        return { sent: Array.from(digest, b => b.toString(16).padStart(2, '0')).join(''), received: await response.json() };
        """;
}
