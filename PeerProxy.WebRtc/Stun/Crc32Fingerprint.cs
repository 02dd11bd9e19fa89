using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Stun;

/// <summary>FINGERPRINT, RFC 8489 section 14.7: CRC-32 (ISO 3309) of all before it, XOR 0x5354554E.</summary>
internal static class Crc32Fingerprint
{
    public const int AttributeSize = 8;

    private const uint Mask = 0x5354554E;
    private static readonly uint[] _table = BuildTable();

    /// <param name="message">The message; its header's length already counts the FINGERPRINT attribute.</param>
    public static uint Compute(ReadOnlySpan<byte> message, int attributeOffset)
    {
        Span<byte> header = stackalloc byte[4];
        message[..4].CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(attributeOffset + AttributeSize - StunMessageReader.HeaderSize));
        uint crc = Update(uint.MaxValue, header);
        crc = Update(crc, message[4..attributeOffset]);
        return ~crc ^ Mask;
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            crc = _table[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] BuildTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
