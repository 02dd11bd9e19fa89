namespace PeerProxy.Protocol.Tunnel;

/// <summary>The Flags word of a frame (docs/protocol.md, section 1).</summary>
[Flags]
public enum FrameFlags : ushort
{
    None = 0,

    /// <summary>The last sequenced frame of this direction; on a HEARTBEAT: the answer.</summary>
    Final = 0x0001,

    /// <summary>With type 0: HEADERS instead of BODY.</summary>
    Headers = 0x0002,

    /// <summary>With type 0, on stream 0: HEARTBEAT.</summary>
    Heartbeat = 0x0004,

    /// <summary>A receiver that does not know the type ignores the frame.</summary>
    Ignorable = 0x0008,

    /// <summary>The unit (head, trailers, WebSocket message) goes on in the next sequenced frame of the same type.</summary>
    More = 0x0010,

    /// <summary>Mask of the type.</summary>
    Type = 0xFF00,
}
