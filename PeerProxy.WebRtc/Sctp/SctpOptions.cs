namespace PeerProxy.WebRtc.Sctp;

/// <summary>Which congestion control an association uses.</summary>
public enum CongestionAlgorithm
{
    /// <summary>Rate based on a model of the path; keeps its speed under random loss.</summary>
    Bbr,

    /// <summary>RFC 9438 with HyStart++ (RFC 9406).</summary>
    Cubic,

    /// <summary>RFC 9260 section 7.</summary>
    Reno,
}

/// <summary>Settings of one association; the defaults suit WebRTC data channels.</summary>
public sealed class SctpOptions
{
    /// <summary>SCTP packet size before path MTU discovery: what browsers use (1280-byte IPv6 path minus IP, UDP and DTLS).</summary>
    public const int InitialPacketSize = 1191;

    /// <summary>Largest packet a browser takes, a multiple of 4: libwebrtc reads DTLS records into 2048 bytes, of which 37 are not ours.</summary>
    public const int LargestPacketSize = 2008;

    /// <summary>Smallest packet size the association works with.</summary>
    public const int MinimumPacketSize = 512;

    /// <summary>Local and remote SCTP port (RFC 8841); one DTLS connection carries one association, so both are the same.</summary>
    public ushort Port { get; init; } = 5000;

    public CongestionAlgorithm CongestionControl { get; init; } = CongestionAlgorithm.Bbr;

    /// <summary>Streams offered in each direction.</summary>
    public ushort MaxStreams { get; init; } = ushort.MaxValue;

    /// <summary>Largest message in bytes, either way; a longer one of the peer aborts the association. Default 262144, what browsers agree on.</summary>
    public int MaxMessageSize { get; init; } = 262_144;

    /// <summary>Receive window of the INIT in bytes, and cap of what is ever held. Default 16 MiB: a browser takes it as its slow-start threshold.</summary>
    public int ReceiveWindow { get; init; } = 16 * 1024 * 1024;

    /// <summary>Steer the advertised window to the path, so that uploads of browsers do not overflow queues. Default on.</summary>
    public bool TuneReceiveWindow { get; init; } = true;

    /// <summary>Bytes of unsent messages <see cref="SctpAssociation.TrySend"/> accepts; one message of any allowed size is always accepted by an empty queue. Default 4 MiB.</summary>
    public int SendQueueLimit { get; init; } = 4 * 1024 * 1024;

    /// <summary>Packet size at start, in bytes of SCTP packet.</summary>
    public int PacketSize { get; init; } = InitialPacketSize;

    /// <summary>Largest packet size path MTU discovery may reach; equal to <see cref="PacketSize"/> turns discovery off. Default 1432 (1500-byte IPv4 path).</summary>
    public int MaxPacketSize { get; init; } = 1432;

    /// <summary>Offer message interleaving (RFC 8260).</summary>
    public bool OfferInterleaving { get; init; } = true;

    /// <summary>Offer to take packets without checksum; only sound when packets come through DTLS (RFC 9653).</summary>
    public bool OfferZeroChecksum { get; init; } = true;

    /// <summary>Consecutive retransmission timeouts without progress before giving up. Default 10: about a minute.</summary>
    public int MaxRetransmissions { get; init; } = 10;

    /// <summary>Tries of INIT and of COOKIE-ECHO before giving up.</summary>
    public int MaxHandshakeRetransmissions { get; init; } = 8;

    /// <summary>Idle time after which a HEARTBEAT checks the peer; <see cref="TimeSpan.Zero"/> turns it off. Default 30 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Delivery rate in bytes per second an earlier association had on this path; the first round starts at half of it. Null: unknown.</summary>
    public double? RememberedRate { get; init; }

    /// <summary>Key that authenticates state cookies; null: one random key per process.</summary>
    public byte[]? CookieSecret { get; init; }
}
