using System.Buffers.Binary;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>Payload of WS_CLOSE: empty, or a status code (16 bits) and a UTF-8 reason of at most 123 bytes (RFC 6455 section 5.5.1).</summary>
/// <param name="Status">The close code; null when the payload is empty ("no status received", 1005).</param>
public readonly record struct WebSocketCloseFrame(ushort? Status, string Reason)
{
    public const int MaxSize = TunnelLimits.MaxWebSocketControlBytes;

    private const int StatusSize = 2;

    /// <summary>Writes the payload; a longer reason is cut at a character boundary.</summary>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        if (Status is not { } status)
        {
            return 0;
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination, status);
        return StatusSize + ReasonText.Write(Reason, destination[StatusSize..MaxSize]);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out WebSocketCloseFrame frame, out TunnelErrorCode error)
    {
        frame = new WebSocketCloseFrame(null, "");
        error = TunnelErrorCode.NoError;
        if (payload.IsEmpty)
        {
            return true;
        }

        if (payload.Length > MaxSize)
        {
            error = TunnelErrorCode.TooLarge;
            return false;
        }

        if (payload.Length < StatusSize || !ReasonText.TryRead(payload[StatusSize..], out var reason))
        {
            error = TunnelErrorCode.Protocol;
            return false;
        }

        frame = new WebSocketCloseFrame(BinaryPrimitives.ReadUInt16BigEndian(payload), reason);
        return true;
    }
}
