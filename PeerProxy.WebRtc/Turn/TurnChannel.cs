namespace PeerProxy.WebRtc.Turn;

/// <summary>A channel number bound to a peer's address and port (RFC 8656 section 11).</summary>
internal sealed class TurnChannel(ushort number, TransportAddress peer)
{
    public const ushort FirstNumber = 0x4000;
    public const ushort LastNumber = 0x4FFF;

    /// <summary>The binding lives 600 s at the server.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(540);

    /// <summary>From the last refresh: 600 s of life and 300 s in which the number may not serve another peer (section 12).</summary>
    public static readonly TimeSpan NumberHeldFor = TimeSpan.FromSeconds(900);

    public ushort Number { get; } = number;

    public TransportAddress Peer { get; } = peer;

    /// <summary>Data may be sent in it.</summary>
    public bool IsBound { get; set; }

    /// <summary>In a request that is under way.</summary>
    public bool IsRequested { get; set; }

    public Timestamp RenewAt { get; set; } = Timestamp.Never;

    public Timestamp HeldUntil { get; set; } = Timestamp.Never;

    public Timestamp LastUsed { get; set; }
}
