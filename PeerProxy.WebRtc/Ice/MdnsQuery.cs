using System.Buffers.Binary;
using System.Text;

namespace PeerProxy.WebRtc.Ice;

/// <summary>A one-shot multicast DNS question for a browser's ".local" candidate name, and its answers (RFC 6762 section 5.1).</summary>
/// <remarks>Pure: the driver sends the query to <see cref="GroupIPv4"/> or <see cref="GroupIPv6"/> and hands in what comes back. Nothing waits for it.</remarks>
public static class MdnsQuery
{
    public const int Port = 5353;
    public const string GroupIPv4 = "224.0.0.251";
    public const string GroupIPv6 = "ff02::fb";

    /// <summary>Of a query: header and two questions with the longest name.</summary>
    public const int MaxQuerySize = HeaderSize + (2 * (MaxNameLength + 5));

    private const int HeaderSize = 12;

    /// <summary>RFC 1035 section 2.3.4.</summary>
    private const int MaxNameLength = 255;

    private const int MaxLabelLength = 63;

    /// <summary>Records looked at in one answer; browsers send one or two.</summary>
    private const int MaxRecords = 64;

    /// <summary>Compression pointers followed for one name: more than any encoder makes, and an end to loops.</summary>
    private const int MaxPointers = 16;

    private const ushort TypeA = 1;
    private const ushort TypeAaaa = 28;
    private const ushort ClassInternet = 1;

    /// <summary>Top bit of the class: in questions, answer by unicast (QU); in answers, flush the cache.</summary>
    private const ushort TopBit = 0x8000;

    private const ushort ResponseFlag = 0x8000;
    private const ushort ErrorMask = 0x000F;

    /// <summary>True for a name that may be asked for: ends in ".local", legal labels.</summary>
    public static bool IsLocalName(string name)
    {
        if (name.Length > MaxNameLength - 2 || !name.EndsWith(".local", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (string label in name.Split('.'))
        {
            if (label.Length is 0 or > MaxLabelLength || !Ascii.IsValid(label))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes a query for both address types that asks for unicast answers.</summary>
    /// <returns>Bytes written; 0 when the name is no local name or the destination is too short.</returns>
    public static int Write(string name, Span<byte> destination)
    {
        int size = HeaderSize + (2 * (name.Length + 2 + 4));
        if (!IsLocalName(name) || destination.Length < size)
        {
            return 0;
        }

        destination[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], 2);
        int offset = WriteQuestion(destination, HeaderSize, name, TypeA);
        return WriteQuestion(destination, offset, name, TypeAaaa);
    }

    /// <summary>Reads the addresses a response gives for the name. Never throws on what came in.</summary>
    /// <param name="addresses">Filled from the start, ports 0.</param>
    /// <returns>How many were found; 0 when the datagram is no answer for this name.</returns>
    public static int ReadAddresses(ReadOnlySpan<byte> datagram, string name, Span<TransportAddress> addresses)
    {
        if (datagram.Length < HeaderSize)
        {
            return 0;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if ((flags & ResponseFlag) == 0 || (flags & ErrorMask) != 0)
        {
            return 0;
        }

        int questions = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        int records = BinaryPrimitives.ReadUInt16BigEndian(datagram[6..])
            + BinaryPrimitives.ReadUInt16BigEndian(datagram[8..])
            + BinaryPrimitives.ReadUInt16BigEndian(datagram[10..]);
        int offset = HeaderSize;
        for (int i = 0; i < questions; i++)
        {
            if (i >= MaxRecords || !SkipName(datagram, ref offset) || (offset += 4) > datagram.Length)
            {
                return 0;
            }
        }

        int found = 0;
        for (int i = 0; i < Math.Min(records, MaxRecords) && found < addresses.Length; i++)
        {
            int nameOffset = offset;
            if (!SkipName(datagram, ref offset) || offset + 10 > datagram.Length)
            {
                return found;
            }

            ushort type = BinaryPrimitives.ReadUInt16BigEndian(datagram[offset..]);
            int recordClass = BinaryPrimitives.ReadUInt16BigEndian(datagram[(offset + 2)..]) & ~TopBit;
            int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[(offset + 8)..]);
            offset += 10;
            if (offset + length > datagram.Length)
            {
                return found;
            }

            bool isAddress = (type == TypeA && length == 4) || (type == TypeAaaa && length == 16);
            if (isAddress && recordClass == ClassInternet && NameEquals(datagram, nameOffset, name))
            {
                addresses[found++] = TransportAddress.FromBytes(datagram.Slice(offset, length), 0);
            }

            offset += length;
        }

        return found;
    }

    private static int WriteQuestion(Span<byte> destination, int offset, string name, ushort type)
    {
        foreach (Range range in name.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> label = name.AsSpan()[range];
            destination[offset++] = (byte)label.Length;
            offset += Encoding.ASCII.GetBytes(label, destination[offset..]);
        }

        destination[offset++] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(destination[offset..], type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(offset + 2)..], TopBit | ClassInternet);
        return offset + 4;
    }

    private static bool SkipName(ReadOnlySpan<byte> datagram, ref int offset)
    {
        while (offset < datagram.Length)
        {
            int length = datagram[offset++];
            switch (length & 0xC0)
            {
                case 0xC0:
                    return ++offset <= datagram.Length;
                case 0 when length == 0:
                    return true;
                case 0:
                    offset += length;
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    private static bool NameEquals(ReadOnlySpan<byte> datagram, int offset, ReadOnlySpan<char> name)
    {
        int pointers = 0;
        while (offset < datagram.Length)
        {
            int length = datagram[offset];
            if ((length & 0xC0) == 0xC0)
            {
                if (++pointers > MaxPointers || offset + 1 >= datagram.Length)
                {
                    return false;
                }

                offset = ((length & 0x3F) << 8) | datagram[offset + 1];
                continue;
            }

            if (length == 0)
            {
                return name.IsEmpty;
            }

            offset++;
            if (length > MaxLabelLength || length > name.Length || offset + length > datagram.Length)
            {
                return false;
            }

            if (!Ascii.EqualsIgnoreCase(datagram.Slice(offset, length), name[..length]))
            {
                return false;
            }

            name = name[length..];
            if (!name.IsEmpty)
            {
                if (name[0] != '.')
                {
                    return false;
                }

                name = name[1..];
            }

            offset += length;
        }

        return false;
    }
}
