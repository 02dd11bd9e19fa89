namespace PeerProxy.WebRtc.DataChannels;

/// <summary>Payload protocol identifiers of data channels (RFC 8831 section 8).</summary>
internal static class DataChannelProtocol
{
    public const uint Control = 50;
    public const uint Text = 51;
    public const uint Binary = 53;

    /// <summary>SCTP cannot carry an empty message: one zero byte stands for it.</summary>
    public const uint EmptyText = 56;
    public const uint EmptyBinary = 57;

    /// <summary>65535 is reserved (RFC 8832 section 5.1).</summary>
    public const ushort MaxStreamId = 65_534;
}
