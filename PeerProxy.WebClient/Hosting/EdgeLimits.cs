using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PeerProxy.WebClient.Hosting;

/// <summary>What one request or connection may cost the edge. Its clients are browsers that load a few small files, and agents that open one WebSocket.</summary>
public static class EdgeLimits
{
    /// <summary>Bytes of method, path and query. Deep links of real sites stay below 8 KiB, which is also what most servers accept.</summary>
    public const int MaxRequestLineBytes = 8 * 1024;

    /// <summary>Bytes of all header fields. Cookies of the site do not come here normally, but a browser may hold some for the origin.</summary>
    public const int MaxRequestHeadersBytes = 32 * 1024;

    /// <summary>Number of header fields; browsers send about 20.</summary>
    public const int MaxRequestHeaderCount = 64;

    /// <summary>Bytes of a body. No request to the edge needs one; what comes bypassed the service worker and is refused anyway.</summary>
    public const long MaxRequestBodyBytes = 64 * 1024;

    /// <summary>Time to send all header fields: slow enough for a phone on the edge of a cell, short enough for slow-loris senders.</summary>
    public static readonly TimeSpan RequestHeadersTimeout = TimeSpan.FromSeconds(15);

    internal static void AddEdgeLimits(this WebApplicationBuilder builder) =>
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxRequestHeadersBytes;
            kestrel.Limits.MaxRequestHeaderCount = MaxRequestHeaderCount;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = RequestHeadersTimeout;
        });
}
