using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>Builds one packet chunk by chunk in a caller's span.</summary>
/// <remarks>
/// <code>
/// |     Source Port Number (16)   |  Destination Port Number (16) |
/// |                     Verification Tag (32)                     |
/// |                         Checksum (32)                         |
/// </code>
/// </remarks>
internal ref struct SctpPacketWriter
{
    public const int HeaderLength = 12;

    private readonly Span<byte> _packet;

    public SctpPacketWriter(Span<byte> destination, ushort port, uint verificationTag)
    {
        _packet = destination;
        BinaryPrimitives.WriteUInt16BigEndian(destination, port);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], port);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], verificationTag);
        destination.Slice(8, 4).Clear();
        Length = HeaderLength;
    }

    public int Length { get; private set; }

    public readonly bool IsEmpty => Length == HeaderLength;

    /// <summary>Bytes a further chunk may take, its header included; a multiple of 4.</summary>
    public readonly int Remaining => (_packet.Length - Length) & ~3;

    /// <summary>Appends a chunk header and zeroed padding; the caller fills the returned value bytes.</summary>
    public Span<byte> Append(ChunkType type, byte flags, int valueLength)
    {
        int length = ChunkReader.HeaderLength + valueLength;
        int padded = ChunkReader.Padded(length);
        Span<byte> chunk = _packet.Slice(Length, padded);
        chunk[0] = (byte)type;
        chunk[1] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)length);
        chunk[length..].Clear();
        Length += padded;
        return chunk[ChunkReader.HeaderLength..length];
    }

    /// <summary>Appends a chunk that is already encoded, without its padding.</summary>
    public void AppendEncoded(scoped ReadOnlySpan<byte> chunk)
    {
        int padded = ChunkReader.Padded(chunk.Length);
        Span<byte> place = _packet.Slice(Length, padded);
        chunk.CopyTo(place);
        place[chunk.Length..].Clear();
        Length += padded;
    }

    /// <summary>Seals the packet: writes the checksum, or leaves it zero where RFC 9653 allows that.</summary>
    public readonly int Finish(bool zeroChecksum)
    {
        if (!zeroChecksum)
        {
            Crc32c.Write(_packet[..Length]);
        }

        return Length;
    }
}
