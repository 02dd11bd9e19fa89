using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Dtls;

/// <summary>The header of a DTLS 1.2 record (RFC 6347 4.1).</summary>
/// <remarks>
/// <code>
/// | ContentType (8) | Version (16)  | Epoch (16)     |
/// | Sequence number (48)            | Length (16)    |
/// </code>
/// </remarks>
internal readonly record struct DtlsRecordHeader(byte ContentType, ushort Version, ushort Epoch, ulong Sequence, ushort Length)
{
    public const int Size = 13;
    public const ushort Dtls10 = 0xFEFF;
    public const ushort Dtls12 = 0xFEFD;

    public const byte ChangeCipherSpec = 20;
    public const byte Alert = 21;
    public const byte Handshake = 22;
    public const byte ApplicationData = 23;

    /// <summary>Epoch and sequence as the one 64-bit number that protection uses.</summary>
    public ulong EpochAndSequence => ((ulong)Epoch << 48) | Sequence;

    /// <summary>False when the bytes end early or the version is not one of DTLS 1.x.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out DtlsRecordHeader header)
    {
        header = default;
        if (source.Length < Size)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(source[11..]);
        var version = BinaryPrimitives.ReadUInt16BigEndian(source[1..]);
        if (length > source.Length - Size || version is not (Dtls10 or Dtls12))
        {
            return false;
        }

        var combined = BinaryPrimitives.ReadUInt64BigEndian(source[3..]);
        header = new DtlsRecordHeader(source[0], version, (ushort)(combined >> 48), combined & 0xFFFF_FFFF_FFFF, length);
        return true;
    }

    public void Write(Span<byte> destination)
    {
        destination[0] = ContentType;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], Version);
        BinaryPrimitives.WriteUInt64BigEndian(destination[3..], EpochAndSequence);
        BinaryPrimitives.WriteUInt16BigEndian(destination[11..], Length);
    }
}
