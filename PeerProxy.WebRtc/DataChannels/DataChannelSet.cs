using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.DataChannels;

/// <summary>The data channels of one association: DCEP (RFC 8832), pre-negotiated channels, messages and closing (RFC 8831).</summary>
/// <remarks>Owns the association's events: poll <see cref="TryPollEvent"/> here, never <see cref="SctpAssociation.TryPollEvent"/>.
/// After every call here, drain packets of the association as well.</remarks>
public sealed class DataChannelSet
{
    private readonly bool _isDtlsClient;
    private readonly Dictionary<ushort, DataChannel> _channels = [];

    /// <param name="isDtlsClient">The DTLS client numbers its DCEP channels even, the server odd (RFC 8832 section 6).</param>
    public DataChannelSet(SctpAssociation association, bool isDtlsClient)
    {
        Association = association;
        _isDtlsClient = isDtlsClient;
    }

    public SctpAssociation Association { get; }

    public int Count => _channels.Count;

    /// <summary>Largest message the peer takes (its SDP max-message-size), in bytes; our own limit applies as well. Default 262144.</summary>
    public int RemoteMaxMessageSize { get; set; } = 262_144;

    /// <summary>Opens a channel, also before the association is up. Null when the id is taken or no id is free.</summary>
    public DataChannel? TryOpen(DataChannelOptions options, Timestamp now) => null;

    public bool TryPollEvent(Timestamp now, out DataChannelEvent e)
    {
        e = default;
        return false;
    }

    /// <summary>Received messages were consumed: opens the receive window again.</summary>
    public void ReleaseReceived(int windowBytes, Timestamp now) => Association.ReleaseReceived(windowBytes, now);

    internal bool TrySend(DataChannel channel, ReadOnlySpan<byte> message, bool isText, byte urgency, Timestamp now) => false;

    internal void Close(DataChannel channel, Timestamp now)
    {
    }
}
