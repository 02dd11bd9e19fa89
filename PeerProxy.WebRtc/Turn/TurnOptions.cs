namespace PeerProxy.WebRtc.Turn;

/// <summary>Settings of one <see cref="TurnAllocation"/>.</summary>
public sealed class TurnOptions
{
    public required TurnCredentials Credentials { get; init; }

    /// <summary>The server is reached over TCP or TLS: no retransmission, and messages are padded to four bytes.</summary>
    public bool IsStream { get; init; }

    /// <summary>Asks for an IPv6 relayed address (RFC 8656 section 7.1); IPv4 otherwise.</summary>
    public bool WantsIPv6 { get; init; }

    /// <summary>Lifetime asked for; the server may give less. It is refreshed after nine tenths of it.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(600);
}
