using System.Buffers.Binary;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>Payload of GOAWAY.</summary>
/// <remarks>
/// <code>
/// +---------------------------------------------------------------+
/// |          Highest stream that will be served (32)              |
/// +---------------------------------------------------------------+
/// |                         Error Code (32)                       |
/// +---------------------------------------------------------------+
/// |             Reason, UTF-8, at most 256 bytes ...
/// </code>
/// </remarks>
public readonly record struct GoAwayFrame(uint LastStreamId, TunnelErrorCode Code, string Reason)
{
    public const int FixedSize = 8;

    /// <summary>The most bytes <see cref="Write"/> writes.</summary>
    public const int MaxSize = FixedSize + TunnelLimits.MaxReasonBytes;

    /// <summary>Writes the payload; a longer reason is cut at a character boundary.</summary>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, LastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)Code);
        return FixedSize + ReasonText.Write(Reason, destination.Slice(FixedSize, TunnelLimits.MaxReasonBytes));
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out GoAwayFrame frame, out TunnelErrorCode error)
    {
        frame = default;
        error = payload.Length > MaxSize ? TunnelErrorCode.TooLarge : TunnelErrorCode.Protocol;
        if (payload.Length is < FixedSize or > MaxSize || !ReasonText.TryRead(payload[FixedSize..], out var reason))
        {
            return false;
        }

        frame = new GoAwayFrame(
            BinaryPrimitives.ReadUInt32BigEndian(payload), (TunnelErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]), reason);
        error = TunnelErrorCode.NoError;
        return true;
    }
}
