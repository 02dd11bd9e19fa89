namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>Parameter types of INIT, INIT-ACK and RE-CONFIG.</summary>
internal static class ParameterType
{
    public const ushort HeartbeatInfo = 1;
    public const ushort StateCookie = 7;
    public const ushort UnrecognizedParameter = 8;

    /// <summary>RFC 6525 4.1.</summary>
    public const ushort OutgoingResetRequest = 13;

    /// <summary>RFC 6525 4.2.</summary>
    public const ushort IncomingResetRequest = 14;

    /// <summary>RFC 6525 4.3.</summary>
    public const ushort AssociationResetRequest = 15;

    /// <summary>RFC 6525 4.4.</summary>
    public const ushort ReconfigResponse = 16;

    /// <summary>RFC 6525 4.5.</summary>
    public const ushort AddOutgoingStreams = 17;

    /// <summary>RFC 6525 4.6.</summary>
    public const ushort AddIncomingStreams = 18;

    /// <summary>RFC 9653: the lower layer detects errors.</summary>
    public const ushort ZeroChecksumAcceptable = 0x8001;

    /// <summary>RFC 5061 4.2.7: list of chunk types.</summary>
    public const ushort SupportedExtensions = 0x8008;

    /// <summary>RFC 3758 3.1.</summary>
    public const ushort ForwardTsnSupported = 0xC000;
}
