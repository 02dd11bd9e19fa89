namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>Chunk types; the top two bits tell what to do with an unknown one (RFC 9260 section 3.2).</summary>
internal enum ChunkType : byte
{
    Data = 0,
    Init = 1,
    InitAck = 2,
    Sack = 3,
    Heartbeat = 4,
    HeartbeatAck = 5,
    Abort = 6,
    Shutdown = 7,
    ShutdownAck = 8,
    Error = 9,
    CookieEcho = 10,
    CookieAck = 11,
    ShutdownComplete = 14,

    /// <summary>RFC 8260.</summary>
    IData = 0x40,

    /// <summary>RFC 6525.</summary>
    ReConfig = 0x82,

    /// <summary>RFC 4820.</summary>
    Pad = 0x84,

    /// <summary>RFC 3758.</summary>
    ForwardTsn = 0xC0,

    /// <summary>RFC 8260.</summary>
    IForwardTsn = 0xC2,
}
