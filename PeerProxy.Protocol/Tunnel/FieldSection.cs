using System.Buffers;
using System.Text;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>Encodes and decodes heads and trailers: field sections of QPACK (RFC 9204 section 4.5) that use the static table only.</summary>
/// <remarks>
/// docs/protocol.md, section 2. The prefix is two zero bytes; strings are never Huffman-coded; order and repetition are kept.
/// <code>
/// 1 1 | index (6+)                                    indexed field line, static
/// 0 1 N 1 | index (4+) | 0 | length (7+) | value      literal with static name
/// 0 0 1 N 0 | length (3+) | name | 0 | length (7+) | value
/// </code>
/// Which of the forms to use is not free: a line that is in the table is indexed, else a name that is in the table is referred to by its lowest index, else it is
/// literal. So there is one encoding of each section, and vectors can compare bytes.
/// </remarks>
public static class FieldSection
{
    /// <summary>The most octets of a name: far above any real one, small enough for a stack buffer.</summary>
    private const int MaxNameBytes = 256;

    private const byte IndexedStatic = 0xC0;
    private const byte LiteralStaticName = 0x50;
    private const byte LiteralName = 0x20;
    private const byte NeverIndexed = 0x20;
    private const byte NameHuffman = 0x08;
    private const byte ValueHuffman = 0x80;

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<byte> ForbiddenValueBytes = SearchValues.Create("\0\r\n"u8);
    private static readonly SearchValues<char> NameChars = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz");

    /// <summary>Appends the encoded section.</summary>
    /// <exception cref="ArgumentException">A field does not satisfy <see cref="IsValid"/>; callers filter what they do not make themselves.</exception>
    public static void Encode(IReadOnlyList<Field> fields, IBufferWriter<byte> destination)
    {
        destination.Write("\0\0"u8);
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            if (!IsValid(field))
            {
                throw new ArgumentException($"The field '{field.Name}' has an invalid name or value.", nameof(fields));
            }

            var index = QpackStaticTable.IndexOf(field);
            if (index >= 0)
            {
                WriteInteger(destination, IndexedStatic, 6, index);
                continue;
            }

            index = QpackStaticTable.IndexOfName(field.Name);
            if (index >= 0)
            {
                WriteInteger(destination, LiteralStaticName, 4, index);
            }
            else
            {
                WriteString(destination, LiteralName, 3, field.Name);
            }

            WriteString(destination, 0, 7, field.Value);
        }
    }

    /// <summary>Decodes a whole section. Never throws.</summary>
    /// <param name="maxBytes">Limit of the section as it came and of its size as measured in RFC 9114 section 4.2.2.</param>
    public static bool TryDecode(ReadOnlySpan<byte> section, int maxBytes, out List<Field> fields, out TunnelErrorCode error)
    {
        fields = [];
        error = TunnelErrorCode.TooLarge;
        if (section.Length > maxBytes)
        {
            return false;
        }

        error = TunnelErrorCode.Protocol;
        if (section is not [0, 0, ..])
        {
            return false;
        }

        section = section[2..];
        long size = 0;
        while (!section.IsEmpty)
        {
            if (!TryReadLine(ref section, out var field))
            {
                return false;
            }

            size += field.Name.Length + field.Value.Length + TunnelLimits.FieldOverheadBytes;
            if (size > maxBytes)
            {
                error = TunnelErrorCode.TooLarge;
                return false;
            }

            fields.Add(field);
        }

        error = TunnelErrorCode.NoError;
        return true;
    }

    /// <summary>True for what may be in a section: a lower-case token (pseudo-fields with a colon in front) and a value of octets without NUL, CR and LF.</summary>
    public static bool IsValid(Field field)
    {
        var name = field.Name.AsSpan();
        var token = name.StartsWith(':') ? name[1..] : name;
        return token.Length > 0 && name.Length <= MaxNameBytes && !token.ContainsAnyExcept(NameChars)
            && !field.Value.AsSpan().ContainsAny('\0', '\r', '\n') && !field.Value.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF');
    }

    private static bool TryReadLine(ref ReadOnlySpan<byte> section, out Field field)
    {
        field = default;
        var first = section[0];
        if ((first & IndexedStatic) == IndexedStatic)
        {
            if (!TryReadInteger(ref section, 6, out var index) || index >= QpackStaticTable.Entries.Length)
            {
                return false;
            }

            field = QpackStaticTable.Entries[index];
            return true;
        }

        string name;
        if ((first & ~NeverIndexed & 0xF0) == LiteralStaticName)
        {
            if (!TryReadInteger(ref section, 4, out var index) || index >= QpackStaticTable.Entries.Length)
            {
                return false;
            }

            name = QpackStaticTable.Entries[index].Name;
        }
        else if ((first & 0xE0) == LiteralName)
        {
            if ((first & NameHuffman) != 0 || !TryReadBytes(ref section, 3, out var bytes) || !TryReadName(bytes, out name))
            {
                return false;
            }
        }
        else
        {
            // Dynamic and post-base forms.
            return false;
        }

        if (section.IsEmpty || (section[0] & ValueHuffman) != 0 || !TryReadBytes(ref section, 7, out var value) || value.ContainsAny(ForbiddenValueBytes))
        {
            return false;
        }

        field = new Field(name, Encoding.Latin1.GetString(value));
        return true;
    }

    private static bool TryReadName(ReadOnlySpan<byte> bytes, out string name)
    {
        name = "";
        var token = bytes.StartsWith(":"u8) ? bytes[1..] : bytes;
        if (token.IsEmpty || bytes.Length > MaxNameBytes || token.ContainsAnyExcept(NameBytes))
        {
            return false;
        }

        Span<char> characters = stackalloc char[MaxNameBytes];
        name = KnownFieldNames.Get(characters[..Encoding.Latin1.GetChars(bytes, characters)]);
        return true;
    }

    private static bool TryReadBytes(ref ReadOnlySpan<byte> section, int prefixBits, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!TryReadInteger(ref section, prefixBits, out var length) || length > section.Length)
        {
            return false;
        }

        bytes = section[..length];
        section = section[length..];
        return true;
    }

    /// <summary>Prefixed integers (RFC 7541 section 5.1), up to 2^28 and a bit: nothing in a head is larger.</summary>
    private static bool TryReadInteger(ref ReadOnlySpan<byte> section, int prefixBits, out int value)
    {
        var mask = (1 << prefixBits) - 1;
        value = section[0] & mask;
        section = section[1..];
        if (value < mask)
        {
            return true;
        }

        for (var shift = 0; shift <= 21; shift += 7)
        {
            if (section.IsEmpty)
            {
                return false;
            }

            var next = section[0];
            section = section[1..];
            value += (next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static void WriteInteger(IBufferWriter<byte> destination, byte form, int prefixBits, int value)
    {
        var span = destination.GetSpan(6);
        var mask = (1 << prefixBits) - 1;
        if (value < mask)
        {
            span[0] = (byte)(form | value);
            destination.Advance(1);
            return;
        }

        span[0] = (byte)(form | mask);
        value -= mask;
        var written = 1;
        for (; value >= 0x80; value >>= 7)
        {
            span[written++] = (byte)(value | 0x80);
        }

        span[written++] = (byte)value;
        destination.Advance(written);
    }

    private static void WriteString(IBufferWriter<byte> destination, byte form, int prefixBits, string value)
    {
        WriteInteger(destination, form, prefixBits, value.Length);
        if (value.Length > 0)
        {
            destination.Advance(Encoding.Latin1.GetBytes(value, destination.GetSpan(value.Length)));
        }
    }
}
