namespace PeerProxy.Protocol.Tunnel;

/// <summary>Limits of the tunnel protocol, each with its reason.</summary>
public static class TunnelLimits
{
    /// <summary>Largest payload: a frame is at most 65,535 bytes, the largest message every WebRTC stack takes.</summary>
    public const int MaxPayloadBytes = 65_523;

    /// <summary>Payload of a normal BODY frame, 16 KiB with its header: small enough that a more urgent stream waits little, large enough that 12 bytes do not matter.</summary>
    public const int PreferredPayloadBytes = 16_372;

    /// <summary>A heartbeat's opaque value.</summary>
    public const int HeartbeatBytes = 8;

    /// <summary>Reasons are for a log line, not for documents.</summary>
    public const int MaxReasonBytes = 256;

    /// <summary>Control payloads of WebSockets (RFC 6455 section 5.5).</summary>
    public const int MaxWebSocketControlBytes = 125;

    /// <summary>Unordered delivery can bring a later stream first; this far ahead it is no reordering any more but an attempt to fill memory.</summary>
    public const uint MaxStreamNumberGap = 65_536;

    /// <summary>As <see cref="MaxStreamNumberGap"/>, for sequence numbers within a stream. Also bounds frames without credit, such as empty ones.</summary>
    public const uint MaxSequenceGap = 65_536;

    /// <summary>Bytes of early or unfinished heads and trailers that a connection holds in total: they cost no credit, so they need a bound of their own.</summary>
    public const int MaxPendingHeadBytes = 4 * 1024 * 1024;

    /// <summary>Early frames held per connection over all streams: each costs memory beyond its payload.</summary>
    public const int MaxHeldFrames = 65_536;

    /// <summary>The largest window a receiver widens a stream to.</summary>
    public const long MaxStreamWindowBytes = 8 * 1024 * 1024;

    /// <summary>Weight of a field beyond its name and value when a head is measured (RFC 9114 section 4.2.2).</summary>
    public const int FieldOverheadBytes = 32;

    /// <summary>Ask for a sign of life when nothing arrived for this long.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(10);

    /// <summary>Silence after asking that means the connection is lost.</summary>
    public static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(30);
}
