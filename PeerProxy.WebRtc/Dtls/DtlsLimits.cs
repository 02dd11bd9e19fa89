namespace PeerProxy.WebRtc.Dtls;

/// <summary>Sizes and bounds of the DTLS layer.</summary>
public static class DtlsLimits
{
    /// <summary>Record header (13), explicit nonce (8) and tag (16) of AES-GCM in DTLS 1.2 (RFC 5288).</summary>
    public const int RecordOverheadBytes = DtlsRecordHeader.Size + 8 + 16;

    /// <summary>Handshake datagrams stay under every common path MTU, so that no flight is lost to fragmentation.</summary>
    public const int MaxDatagramBytes = 1200;

    /// <summary>libwebrtc reads records into 2048 bytes; nobody on a data channel sends longer ones.</summary>
    public const int MaxRecordBytes = 2048;

    /// <summary>Records that arrive before the peer's Finished are kept, not lost to a reordered datagram; eight cover an initial burst of SCTP.</summary>
    public const int MaxEarlyRecords = 8;

    /// <summary>Handshake records waiting for the handshake thread; the longest legal flight has about a dozen.</summary>
    public const int MaxQueuedHandshakeRecords = 64;

    /// <summary>Shortest and longest first retransmission time, whatever the round trip is.</summary>
    public static readonly TimeSpan MinRetransmitTimeout = TimeSpan.FromMilliseconds(50);

    public static readonly TimeSpan MaxRetransmitTimeout = TimeSpan.FromSeconds(3);

    /// <summary>An alert in clear may be forged, so it does not end a handshake; it only cuts the wait to this.</summary>
    public static readonly TimeSpan LimitAfterClearAlert = TimeSpan.FromSeconds(5);
}
