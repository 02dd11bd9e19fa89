using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Turn;

/// <summary>The ChannelData message, RFC 8656 section 12.4.</summary>
/// <remarks><code>
///  0                   1                   2                   3
/// |         Channel Number        |            Length             |
/// |                       Application Data                        |
/// </code>
/// On streams the data is padded to four bytes; the length does not count the padding.</remarks>
public static class ChannelData
{
    public const int HeaderSize = 4;

    /// <summary>True for the first byte of ChannelData on a port shared with STUN and DTLS (RFC 7983: 64..79).</summary>
    public static bool LooksLikeChannelData(ReadOnlySpan<byte> datagram) => datagram.Length >= HeaderSize && datagram[0] >> 4 == 4;

    /// <summary>Bytes behind the payload, such as a stream's padding, are ignored.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out ushort channelNumber, out ReadOnlySpan<byte> payload)
    {
        channelNumber = 0;
        payload = default;
        if (!LooksLikeChannelData(message))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if (length > message.Length - HeaderSize)
        {
            return false;
        }

        channelNumber = BinaryPrimitives.ReadUInt16BigEndian(message);
        payload = message.Slice(HeaderSize, length);
        return true;
    }

    /// <summary>Returns the bytes written; 0 when the destination is too short or the payload too long.</summary>
    public static int Write(Span<byte> destination, ushort channelNumber, ReadOnlySpan<byte> payload, bool pad)
    {
        int end = HeaderSize + payload.Length;
        int total = pad ? (end + 3) & ~3 : end;
        if (total > destination.Length || payload.Length > ushort.MaxValue)
        {
            return 0;
        }

        payload.CopyTo(destination[HeaderSize..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination, channelNumber);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payload.Length);
        destination[end..total].Clear();
        return total;
    }
}
