using System.Net.WebSockets;

namespace PeerProxy.Agent.Signaling;

/// <summary>How an agent reaches its signaling service.</summary>
public sealed class SignalingClientOptions
{
    /// <summary>The service: <c>http</c>, <c>https</c>, <c>ws</c> or <c>wss</c>; without a path the well-known one is used.</summary>
    public required Uri Server { get; init; }

    /// <summary>The id the user insists on: any refusal of it is final. Null for a remembered or random one.</summary>
    public string? Name { get; init; }

    /// <summary>The id of an earlier run, asked for when <see cref="Name"/> is null. Should another key own it by now, the client takes a random one.</summary>
    public string? RememberedId { get; init; }

    /// <summary>How long one attempt (connect, challenge, registration) may take: a distant mobile network needs about 5 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which the client asks for a sign of life: below the 30 s after which some home routers forget a quiet mapping.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Silence after a ping that means the socket is dead.</summary>
    public TimeSpan PongTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>First wait before reconnecting; each further failure doubles it. The actual wait is between half and all of it.</summary>
    public TimeSpan FirstReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before reconnecting.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection that lasted this long counts as good, so that the next failure starts with the first wait again.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Events the consumer may be behind before the client stops reading its socket.</summary>
    public int EventQueueLength { get; init; } = 1024;

    /// <summary>Opens the WebSocket; null for a <see cref="ClientWebSocket"/>.</summary>
    public Func<Uri, CancellationToken, Task<WebSocket>>? OpenSocketAsync { get; init; }

    /// <summary>The WebSocket URL of the service.</summary>
    /// <exception cref="ArgumentException">The scheme is none of the four.</exception>
    public static Uri ToSocketUrl(Uri server)
    {
        var scheme = server.Scheme switch
        {
            "http" or "ws" => "ws",
            "https" or "wss" => "wss",
            _ => throw new ArgumentException($"'{server}' is not an http, https, ws or wss URL.", nameof(server)),
        };
        var url = new UriBuilder(server) { Scheme = scheme, Port = server.IsDefaultPort ? -1 : server.Port, Fragment = "" };
        if (url.Path is "" or "/")
        {
            url.Path = "/.peerproxy/signal";
        }
        return url.Uri;
    }
}
