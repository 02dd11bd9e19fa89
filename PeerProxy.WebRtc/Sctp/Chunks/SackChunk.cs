using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>Selective acknowledgement (RFC 9260 section 3.3.4).</summary>
/// <remarks>
/// <code>
/// |   Type = 3    |  Flags = 0    |            Length             |
/// |                      Cumulative TSN Ack                       |
/// |          Advertised Receiver Window Credit (a_rwnd)           |
/// | Number of Gap Ack Blocks = N  |  Number of Duplicate TSNs = M |
/// |  Gap Ack Block #1 Start       |   Gap Ack Block #1 End        |   offsets from the cumulative TSN
/// |                         Duplicate TSN 1                       |
/// </code>
/// </remarks>
internal readonly ref struct SackChunk
{
    public const int FixedLength = 16;
    public const int BlockLength = 4;

    private const int FixedValueLength = FixedLength - ChunkReader.HeaderLength;

    private readonly ReadOnlySpan<byte> _blocks;
    private readonly ReadOnlySpan<byte> _duplicates;

    private SackChunk(uint cumulativeTsn, uint receiverWindow, ReadOnlySpan<byte> blocks, ReadOnlySpan<byte> duplicates)
    {
        CumulativeTsn = cumulativeTsn;
        ReceiverWindow = receiverWindow;
        _blocks = blocks;
        _duplicates = duplicates;
    }

    public uint CumulativeTsn { get; }

    public uint ReceiverWindow { get; }

    public int GapBlockCount => _blocks.Length / BlockLength;

    public int DuplicateCount => _duplicates.Length / sizeof(uint);

    /// <summary>First and last offset of a gap block, as sent.</summary>
    public (ushort Start, ushort End) GapBlock(int index) =>
        (BinaryPrimitives.ReadUInt16BigEndian(_blocks[(index * BlockLength)..]),
            BinaryPrimitives.ReadUInt16BigEndian(_blocks[((index * BlockLength) + 2)..]));

    public uint Duplicate(int index) => BinaryPrimitives.ReadUInt32BigEndian(_duplicates[(index * sizeof(uint))..]);

    public static SackChunk WithoutGaps(uint cumulativeTsn, uint receiverWindow) => new(cumulativeTsn, receiverWindow, default, default);

    public static bool TryRead(ReadOnlySpan<byte> value, out SackChunk chunk)
    {
        chunk = default;
        if (value.Length < FixedValueLength)
        {
            return false;
        }

        int blocks = BinaryPrimitives.ReadUInt16BigEndian(value[8..]) * BlockLength;
        int duplicates = BinaryPrimitives.ReadUInt16BigEndian(value[10..]) * sizeof(uint);
        if (value.Length != FixedValueLength + blocks + duplicates)
        {
            return false;
        }

        chunk = new SackChunk(
            BinaryPrimitives.ReadUInt32BigEndian(value),
            BinaryPrimitives.ReadUInt32BigEndian(value[4..]),
            value.Slice(FixedValueLength, blocks),
            value[(FixedValueLength + blocks)..]);
        return true;
    }

    /// <summary>Appends a SACK; the caller made sure it fits.</summary>
    public static void Write(
        ref SctpPacketWriter writer,
        uint cumulativeTsn,
        uint receiverWindow,
        scoped ReadOnlySpan<(ushort Start, ushort End)> blocks,
        scoped ReadOnlySpan<uint> duplicates)
    {
        Span<byte> value = writer.Append(ChunkType.Sack, 0, FixedValueLength + (blocks.Length * BlockLength) + (duplicates.Length * sizeof(uint)));
        BinaryPrimitives.WriteUInt32BigEndian(value, cumulativeTsn);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], receiverWindow);
        BinaryPrimitives.WriteUInt16BigEndian(value[8..], (ushort)blocks.Length);
        BinaryPrimitives.WriteUInt16BigEndian(value[10..], (ushort)duplicates.Length);
        value = value[FixedValueLength..];
        foreach ((ushort start, ushort end) in blocks)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value, start);
            BinaryPrimitives.WriteUInt16BigEndian(value[2..], end);
            value = value[BlockLength..];
        }

        foreach (uint duplicate in duplicates)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value, duplicate);
            value = value[sizeof(uint)..];
        }
    }
}
