using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>Walks the chunks of a packet, or with the same layout the parameters of a chunk (RFC 9260 sections 3.2 and 3.2.1).</summary>
/// <remarks>
/// <code>
/// |   Type (8)    |   Flags (8)   |          Length (16)          |   parameters: Type (16) | Length (16)
/// |                     Value, padded to 4 bytes                  |
/// </code>
/// Length counts the 4 header bytes and not the padding. The last padding may be missing.
/// </remarks>
internal ref struct ChunkReader(ReadOnlySpan<byte> chunks)
{
    public const int HeaderLength = 4;

    private ReadOnlySpan<byte> _rest = chunks;

    /// <summary>True when what is left cannot be a chunk; what came before it was fine.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next chunk's type, flags, value, and all its bytes with the header and without padding.</summary>
    public bool TryRead(out ChunkType type, out byte flags, out ReadOnlySpan<byte> value, out ReadOnlySpan<byte> whole)
    {
        type = default;
        flags = 0;
        value = whole = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        if (_rest.Length < HeaderLength)
        {
            IsMalformed = true;
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (length < HeaderLength || length > _rest.Length)
        {
            IsMalformed = true;
            return false;
        }

        type = (ChunkType)_rest[0];
        flags = _rest[1];
        whole = _rest[..length];
        value = whole[HeaderLength..];
        _rest = _rest[Math.Min(Padded(length), _rest.Length)..];
        return true;
    }

    public bool TryReadParameter(out ushort type, out ReadOnlySpan<byte> value, out ReadOnlySpan<byte> whole)
    {
        bool read = TryRead(out ChunkType high, out byte low, out value, out whole);
        type = (ushort)(((byte)high << 8) | low);
        return read;
    }

    public static int Padded(int length) => (length + 3) & ~3;
}
