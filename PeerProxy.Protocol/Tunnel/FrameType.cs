namespace PeerProxy.Protocol.Tunnel;

/// <summary>What a frame is: the TYPE byte of <see cref="FrameHeader.Flags"/>, and for type 0 the bits that tell BODY, HEADERS and HEARTBEAT apart.</summary>
/// <remarks>docs/protocol.md, section 1. The numeric value is the flags word with every other bit cleared.</remarks>
public enum FrameType : ushort
{
    /// <summary>Bytes of a request or response body. Sequenced, costs credit.</summary>
    Body = 0x0000,

    /// <summary>A request or response head (<see cref="FieldSection"/>). Sequenced.</summary>
    Headers = 0x0002,

    /// <summary>Eight opaque bytes; with FINAL it is the answer.</summary>
    Heartbeat = 0x0004,

    /// <summary><see cref="TunnelSettings"/>, the first frame of each side.</summary>
    Settings = 0x0100,

    /// <summary><see cref="CreditFrame"/>: a new absolute limit of a stream, or of the connection on stream 0.</summary>
    Credit = 0x0200,

    /// <summary><see cref="ResetFrame"/>: the stream ends at once, both directions.</summary>
    Reset = 0x0300,

    /// <summary>A field section after the body. Sequenced.</summary>
    Trailers = 0x0400,

    /// <summary>A request head that opens a WebSocket stream. Sequenced.</summary>
    WebSocketOpen = 0x0500,

    /// <summary>UTF-8 of a text message or a part of it. Sequenced, costs credit.</summary>
    WebSocketText = 0x0600,

    /// <summary>Bytes of a binary message or a part of it. Sequenced, costs credit.</summary>
    WebSocketBinary = 0x0700,

    /// <summary>Up to 125 bytes. Sequenced, costs credit.</summary>
    WebSocketPing = 0x0800,

    /// <summary>Up to 125 bytes. Sequenced, costs credit.</summary>
    WebSocketPong = 0x0900,

    /// <summary><see cref="WebSocketCloseFrame"/>, always FINAL. Sequenced.</summary>
    WebSocketClose = 0x0A00,

    /// <summary><see cref="GoAwayFrame"/>: no stream above the given one will be served.</summary>
    GoAway = 0x0B00,

    /// <summary>A JSON object with a <c>type</c> member.</summary>
    Control = 0x0C00,
}

/// <summary>Rules that depend on the type alone.</summary>
public static class FrameTypeRules
{
    /// <summary>Sequenced frames count up the sequence number of their stream and direction; all others carry 0.</summary>
    public static bool IsSequenced(this FrameType type) => type switch
    {
        FrameType.Body or FrameType.Headers or FrameType.Trailers => true,
        >= FrameType.WebSocketOpen and <= FrameType.WebSocketClose => true,
        _ => false,
    };

    /// <summary>Frames whose payload costs credit (section 4).</summary>
    public static bool CostsCredit(this FrameType type) => type switch
    {
        FrameType.Body => true,
        >= FrameType.WebSocketText and <= FrameType.WebSocketPong => true,
        _ => false,
    };

    public static bool IsKnown(this FrameType type) => type switch
    {
        FrameType.Body or FrameType.Headers or FrameType.Heartbeat => true,
        _ => (ushort)type is >= 0x0100 and <= 0x0C00 && ((ushort)type & 0xFF) == 0,
    };
}
