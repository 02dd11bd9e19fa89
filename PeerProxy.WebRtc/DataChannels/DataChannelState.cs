namespace PeerProxy.WebRtc.DataChannels;

/// <summary>Life of a channel, as RTCDataChannelState.</summary>
public enum DataChannelState
{
    /// <summary>The association is not up yet.</summary>
    Connecting,

    /// <summary>Messages flow. A channel opened by DCEP is open as soon as its OPEN is sent (RFC 8832 section 6: the ACK is not waited for).</summary>
    Open,

    /// <summary>Closing was asked for; queued messages are still delivered, then both sides reset the stream.</summary>
    Closing,

    /// <summary>Over; the id may be used by another channel.</summary>
    Closed,
}
