namespace PeerProxy.WebRtc.Turn;

/// <summary>Permission for one peer IP address, whatever its port (RFC 8656 section 9).</summary>
internal sealed class TurnPermission(TransportAddress peer)
{
    /// <summary>Fixed by the RFC.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);

    /// <summary>Leaves a minute for a lost request or a stale nonce.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(240);

    /// <summary>A refused peer is not asked for again before this.</summary>
    public static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(60);

    public TransportAddress Peer { get; } = peer;

    public bool IsRefused { get; set; }

    /// <summary>In a request that is under way.</summary>
    public bool IsRequested { get; set; }

    /// <summary>When it is asked for again if in use, else forgotten.</summary>
    public Timestamp RenewAt { get; set; } = Timestamp.Never;

    public Timestamp LastUsed { get; set; }
}
