using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Stun;

/// <summary>Value of (XOR-)MAPPED-ADDRESS and its relatives, RFC 8489 sections 14.1 and 14.2.</summary>
/// <remarks><code>
///  0                   1                   2                   3
/// |0 0 0 0 0 0 0 0|    Family     |         X-Port                |
/// |                X-Address (32 or 128 bits)                     |
/// </code></remarks>
internal static class StunAddress
{
    private const byte FamilyIPv4 = 1;
    private const byte FamilyIPv6 = 2;

    public static int Length(in TransportAddress address) => 4 + address.AddressLength;

    /// <param name="mask">Magic cookie and transaction id (16 bytes) for the XOR form; empty for the plain one.</param>
    public static bool TryRead(ReadOnlySpan<byte> value, ReadOnlySpan<byte> mask, out TransportAddress address)
    {
        address = default;
        if (value.Length < 8)
        {
            return false;
        }

        int addressLength = value[1] switch { FamilyIPv4 => 4, FamilyIPv6 => 16, _ => 0 };
        if (addressLength == 0 || value.Length != 4 + addressLength)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        value.Slice(4, addressLength).CopyTo(bytes);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(value[2..]);
        if (!mask.IsEmpty)
        {
            port ^= BinaryPrimitives.ReadUInt16BigEndian(mask);
            Xor(bytes[..addressLength], mask);
        }

        address = TransportAddress.FromBytes(bytes[..addressLength], port);
        return true;
    }

    public static void Write(Span<byte> value, in TransportAddress address, ReadOnlySpan<byte> mask)
    {
        value[0] = 0;
        value[1] = address.IsIPv6 ? FamilyIPv6 : FamilyIPv4;
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(address.Port ^ BinaryPrimitives.ReadUInt16BigEndian(mask)));
        int length = address.WriteAddressBytes(value[4..]);
        Xor(value.Slice(4, length), mask);
    }

    private static void Xor(Span<byte> bytes, ReadOnlySpan<byte> mask)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= mask[i];
        }
    }
}
