using System.Buffers.Binary;
using System.Numerics;

namespace PeerProxy.WebRtc.Sctp;

/// <summary>The checksum of SCTP packets (RFC 9260 appendix A): CRC-32C over the packet with a zero checksum field, stored little-endian.</summary>
internal static class Crc32c
{
    private const int ChecksumOffset = 8;
    private const int ChecksumLength = 4;

    /// <summary>Checksum of a whole packet; what stands in its checksum field does not matter.</summary>
    public static uint OfPacket(ReadOnlySpan<byte> packet)
    {
        uint crc = Append(uint.MaxValue, packet[..ChecksumOffset]);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Append(crc, packet[(ChecksumOffset + ChecksumLength)..]);
    }

    public static uint Compute(ReadOnlySpan<byte> data) => ~Append(uint.MaxValue, data);

    public static bool IsValid(ReadOnlySpan<byte> packet) =>
        BinaryPrimitives.ReadUInt32LittleEndian(packet[ChecksumOffset..]) == OfPacket(packet);

    public static bool IsZero(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32LittleEndian(packet[ChecksumOffset..]) == 0;

    public static void Write(Span<byte> packet) =>
        BinaryPrimitives.WriteUInt32LittleEndian(packet[ChecksumOffset..], OfPacket(packet));

    private static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
