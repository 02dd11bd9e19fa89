using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Tunnel;

/// <summary>The two pre-negotiated channels of a tunnel (docs/protocol.md, section 1), and the one of a lane (section 8).</summary>
public static class TunnelChannels
{
    public const ushort ControlId = 0;
    public const ushort StreamsId = 1;

    public static (IDataChannel Control, IDataChannel Streams) Open(IPeerConnection connection) =>
        (connection.OpenChannel(new DataChannelOptions { Label = "peerproxy-control", NegotiatedId = ControlId, Ordered = true }),
         connection.OpenChannel(new DataChannelOptions { Label = "peerproxy-streams", NegotiatedId = StreamsId, Ordered = false }));

    public static IDataChannel OpenLane(IPeerConnection connection) =>
        connection.OpenChannel(new DataChannelOptions { Label = "peerproxy-lane", NegotiatedId = StreamsId, Ordered = false });
}
