using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>FORWARD-TSN (RFC 3758 section 3.2) and I-FORWARD-TSN (RFC 8260 section 2.3.1).</summary>
/// <remarks>
/// <code>
/// FORWARD-TSN                              I-FORWARD-TSN
/// |         New Cumulative TSN          |  |         New Cumulative TSN          |
/// | Stream 1        | Stream Sequence 1 |  | Stream 1        | Reserved      |U  |
///                                          |         Message Identifier 1        |
/// </code>
/// </remarks>
internal readonly ref struct ForwardTsnChunk
{
    private const int EntryLength = 4;
    private const int InterleavedEntryLength = 8;

    private readonly ReadOnlySpan<byte> _streams;
    private readonly bool _interleaved;

    private ForwardTsnChunk(uint newCumulativeTsn, ReadOnlySpan<byte> streams, bool interleaved)
    {
        NewCumulativeTsn = newCumulativeTsn;
        _streams = streams;
        _interleaved = interleaved;
    }

    public uint NewCumulativeTsn { get; }

    public int StreamCount => _streams.Length / EntryLengthOf(_interleaved);

    public static int EntryLengthOf(bool interleaved) => interleaved ? InterleavedEntryLength : EntryLength;

    /// <summary>A stream and the number of its last skipped message.</summary>
    public (ushort StreamId, bool Unordered, uint MessageNumber) Stream(int index)
    {
        ReadOnlySpan<byte> entry = _streams[(index * EntryLengthOf(_interleaved))..];
        ushort streamId = BinaryPrimitives.ReadUInt16BigEndian(entry);
        return _interleaved
            ? (streamId, (entry[3] & 1) != 0, BinaryPrimitives.ReadUInt32BigEndian(entry[4..]))
            : (streamId, false, BinaryPrimitives.ReadUInt16BigEndian(entry[2..]));
    }

    public static bool TryRead(ReadOnlySpan<byte> value, bool interleaved, out ForwardTsnChunk chunk)
    {
        chunk = default;
        if (value.Length < 4 || (value.Length - 4) % EntryLengthOf(interleaved) != 0)
        {
            return false;
        }

        chunk = new ForwardTsnChunk(BinaryPrimitives.ReadUInt32BigEndian(value), value[4..], interleaved);
        return true;
    }

    public static void Write(ref SctpPacketWriter writer, uint newCumulativeTsn, scoped ReadOnlySpan<(ushort StreamId, bool Unordered, uint MessageNumber)> streams, bool interleaved)
    {
        ChunkType type = interleaved ? ChunkType.IForwardTsn : ChunkType.ForwardTsn;
        Span<byte> value = writer.Append(type, 0, 4 + (streams.Length * EntryLengthOf(interleaved)));
        BinaryPrimitives.WriteUInt32BigEndian(value, newCumulativeTsn);
        value = value[4..];
        foreach ((ushort streamId, bool unordered, uint number) in streams)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value, streamId);
            if (interleaved)
            {
                BinaryPrimitives.WriteUInt16BigEndian(value[2..], unordered ? (ushort)1 : (ushort)0);
                BinaryPrimitives.WriteUInt32BigEndian(value[4..], number);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)number);
            }

            value = value[EntryLengthOf(interleaved)..];
        }
    }
}
