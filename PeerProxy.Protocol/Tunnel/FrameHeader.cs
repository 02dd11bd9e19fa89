using System.Buffers.Binary;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>The 12 bytes in front of each frame's payload, in network byte order.</summary>
/// <remarks>
/// docs/protocol.md, section 1. One data-channel message is one frame.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---------------------------------------------------------------+
/// |                     Stream Identifier (32)                    |
/// +-------------------------------+-------------------------------+
/// |          Length (16)          |   Sequence Number, high (16)  |
/// +-------------------------------+-------------------------------+
/// |   Sequence Number, low (16)   |           Flags (16)          |
/// +-------------------------------+-------------------------------+
/// |                    Payload (Length bytes) ...
/// </code>
/// </remarks>
/// <param name="StreamId">0 is the connection, streams count up from 1.</param>
/// <param name="Length">Bytes of payload, 0..65,523.</param>
/// <param name="Sequence">Per stream and direction, from 0; 0 in frames that are not sequenced.</param>
/// <param name="Flags">Type and flag bits.</param>
public readonly record struct FrameHeader(uint StreamId, ushort Length, uint Sequence, FrameFlags Flags)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 12;

    private const int OffsetLength = 4;
    private const int OffsetSequence = 6;
    private const int OffsetFlags = 10;

    public FrameHeader(FrameType type, uint streamId, int length, uint sequence = 0, FrameFlags flags = FrameFlags.None)
        : this(streamId, checked((ushort)length), sequence, (FrameFlags)type | flags)
    {
    }

    /// <summary>The type; may be one that <see cref="FrameTypeRules.IsKnown"/> does not know.</summary>
    public FrameType Type
    {
        get
        {
            var type = Flags & FrameFlags.Type;
            return (FrameType)(type == 0 ? Flags & (FrameFlags.Headers | FrameFlags.Heartbeat) : type);
        }
    }

    public bool IsFinal => (Flags & FrameFlags.Final) != 0;

    public bool HasMore => (Flags & FrameFlags.More) != 0;

    public bool IsIgnorable => (Flags & FrameFlags.Ignorable) != 0;

    /// <summary>Reads and validates the header of a whole message. Never throws.</summary>
    /// <returns><see cref="FrameReadResult.Frame"/>, <see cref="FrameReadResult.Ignored"/> for an unknown ignorable type,
    /// or <see cref="FrameReadResult.Error"/> with the error of the connection.</returns>
    public static FrameReadResult TryRead(ReadOnlySpan<byte> message, out FrameHeader header, out TunnelErrorCode error)
    {
        header = default;
        error = TunnelErrorCode.Protocol;
        if (message.Length < Size)
        {
            return FrameReadResult.Error;
        }

        header = new FrameHeader(
            BinaryPrimitives.ReadUInt32BigEndian(message),
            BinaryPrimitives.ReadUInt16BigEndian(message[OffsetLength..]),
            BinaryPrimitives.ReadUInt32BigEndian(message[OffsetSequence..]),
            (FrameFlags)BinaryPrimitives.ReadUInt16BigEndian(message[OffsetFlags..]));
        if (header.Length != message.Length - Size || header.Length > TunnelLimits.MaxPayloadBytes)
        {
            return FrameReadResult.Error;
        }

        if (!header.Type.IsKnown())
        {
            // HEADERS together with HEARTBEAT is a contradiction, not an unknown type.
            return header.IsIgnorable && (header.Flags & FrameFlags.Type) != 0 ? FrameReadResult.Ignored : FrameReadResult.Error;
        }

        error = header.Validate();
        return error == TunnelErrorCode.NoError ? FrameReadResult.Frame : FrameReadResult.Error;
    }

    /// <summary>Writes the header to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, StreamId);
        BinaryPrimitives.WriteUInt16BigEndian(destination[OffsetLength..], Length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[OffsetSequence..], Sequence);
        BinaryPrimitives.WriteUInt16BigEndian(destination[OffsetFlags..], (ushort)Flags);
    }

    /// <summary>What every frame of a known type has to fulfil before its payload is looked at.</summary>
    /// <returns><see cref="TunnelErrorCode.NoError"/> or the error of the connection.</returns>
    private TunnelErrorCode Validate()
    {
        var onConnection = StreamId == 0;
        var fits = Type switch
        {
            FrameType.Heartbeat => onConnection && Length == TunnelLimits.HeartbeatBytes,
            FrameType.Settings => onConnection && Length % TunnelSettings.EntrySize == 0,
            FrameType.GoAway => onConnection && Length >= GoAwayFrame.FixedSize,
            FrameType.Control => onConnection,
            FrameType.Credit => Length == CreditFrame.Size,
            FrameType.Reset => !onConnection && Length >= ResetFrame.FixedSize,

            // A unit cannot go on after the last frame.
            FrameType.Headers or FrameType.Trailers or FrameType.WebSocketText or FrameType.WebSocketBinary
                => !onConnection && !(IsFinal && HasMore),
            FrameType.WebSocketOpen => !onConnection && !IsFinal,
            FrameType.WebSocketPing or FrameType.WebSocketPong => !onConnection && !HasMore,
            FrameType.WebSocketClose => !onConnection && IsFinal && !HasMore && Length != 1,
            _ => !onConnection,
        };
        if (!fits)
        {
            return TunnelErrorCode.Protocol;
        }

        var tooLarge = Type switch
        {
            FrameType.Reset => Length > ResetFrame.FixedSize + TunnelLimits.MaxReasonBytes,
            FrameType.GoAway => Length > GoAwayFrame.FixedSize + TunnelLimits.MaxReasonBytes,
            FrameType.WebSocketPing or FrameType.WebSocketPong or FrameType.WebSocketClose => Length > TunnelLimits.MaxWebSocketControlBytes,
            _ => false,
        };
        return tooLarge ? TunnelErrorCode.TooLarge : TunnelErrorCode.NoError;
    }
}

/// <summary>What <see cref="FrameHeader.TryRead"/> found.</summary>
public enum FrameReadResult
{
    /// <summary>A frame of a known type that keeps the rules.</summary>
    Frame,

    /// <summary>A well-formed frame of an unknown type marked IGNORABLE: drop it.</summary>
    Ignored,

    /// <summary>The connection has to be ended with the error.</summary>
    Error,
}
