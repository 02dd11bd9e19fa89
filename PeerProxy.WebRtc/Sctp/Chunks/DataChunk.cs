using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>A fragment of a user message, as DATA (RFC 9260 section 3.3.1) or I-DATA (RFC 8260 section 2.1).</summary>
/// <remarks>
/// <code>
/// DATA                                       I-DATA
/// | Type = 0 | Res I U B E |    Length    |   | Type = 0x40 | Res I U B E |   Length   |
/// |                 TSN                   |   |                 TSN                    |
/// | Stream Identifier  | Stream Seq. Nr.  |   | Stream Identifier   |    Reserved      |
/// |    Payload Protocol Identifier        |   |      Message Identifier (MID)          |
/// |              User Data                |   |   PPID (first fragment) or FSN         |
///                                             |              User Data                 |
/// </code>
/// </remarks>
internal readonly ref struct DataChunk
{
    /// <summary>Chunk header and fixed fields of DATA.</summary>
    public const int DataHeaderLength = 16;

    /// <summary>Chunk header and fixed fields of I-DATA.</summary>
    public const int IDataHeaderLength = 20;

    public const byte EndFlag = 1;
    public const byte BeginFlag = 2;
    public const byte UnorderedFlag = 4;

    /// <summary>RFC 7053: the sender wants the SACK at once.</summary>
    public const byte ImmediateFlag = 8;

    public byte Flags { get; init; }

    public uint Tsn { get; init; }

    public ushort StreamId { get; init; }

    /// <summary>SSN of DATA or MID of I-DATA.</summary>
    public uint MessageNumber { get; init; }

    /// <summary>Meaningful in the first fragment of I-DATA and in each DATA.</summary>
    public uint PayloadProtocol { get; init; }

    /// <summary>Place of the fragment in its message (I-DATA); 0 for the first.</summary>
    public uint FragmentNumber { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }

    public bool IsBegin => (Flags & BeginFlag) != 0;

    public bool IsEnd => (Flags & EndFlag) != 0;

    public bool IsUnordered => (Flags & UnorderedFlag) != 0;

    public bool WantsImmediateSack => (Flags & ImmediateFlag) != 0;

    public static int HeaderLengthOf(bool interleaved) => interleaved ? IDataHeaderLength : DataHeaderLength;

    public static bool TryReadData(byte flags, ReadOnlySpan<byte> value, out DataChunk chunk)
    {
        chunk = default;
        if (value.Length < DataHeaderLength - ChunkReader.HeaderLength)
        {
            return false;
        }

        chunk = new DataChunk
        {
            Flags = flags,
            Tsn = BinaryPrimitives.ReadUInt32BigEndian(value),
            StreamId = BinaryPrimitives.ReadUInt16BigEndian(value[4..]),
            MessageNumber = BinaryPrimitives.ReadUInt16BigEndian(value[6..]),
            PayloadProtocol = BinaryPrimitives.ReadUInt32BigEndian(value[8..]),
            Payload = value[12..],
        };
        return true;
    }

    public static bool TryReadIData(byte flags, ReadOnlySpan<byte> value, out DataChunk chunk)
    {
        chunk = default;
        if (value.Length < IDataHeaderLength - ChunkReader.HeaderLength)
        {
            return false;
        }

        bool begin = (flags & BeginFlag) != 0;
        uint last = BinaryPrimitives.ReadUInt32BigEndian(value[12..]);
        chunk = new DataChunk
        {
            Flags = flags,
            Tsn = BinaryPrimitives.ReadUInt32BigEndian(value),
            StreamId = BinaryPrimitives.ReadUInt16BigEndian(value[4..]),
            MessageNumber = BinaryPrimitives.ReadUInt32BigEndian(value[8..]),
            PayloadProtocol = begin ? last : 0,
            FragmentNumber = begin ? 0 : last,
            Payload = value[16..],
        };
        return true;
    }

    public static void WriteData(ref SctpPacketWriter writer, scoped in DataChunk chunk)
    {
        Span<byte> value = writer.Append(ChunkType.Data, chunk.Flags, DataHeaderLength - ChunkReader.HeaderLength + chunk.Payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(value, chunk.Tsn);
        BinaryPrimitives.WriteUInt16BigEndian(value[4..], chunk.StreamId);
        BinaryPrimitives.WriteUInt16BigEndian(value[6..], (ushort)chunk.MessageNumber);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], chunk.PayloadProtocol);
        chunk.Payload.CopyTo(value[12..]);
    }

    public static void WriteIData(ref SctpPacketWriter writer, scoped in DataChunk chunk)
    {
        Span<byte> value = writer.Append(ChunkType.IData, chunk.Flags, IDataHeaderLength - ChunkReader.HeaderLength + chunk.Payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(value, chunk.Tsn);
        BinaryPrimitives.WriteUInt16BigEndian(value[4..], chunk.StreamId);
        BinaryPrimitives.WriteUInt16BigEndian(value[6..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], chunk.MessageNumber);
        BinaryPrimitives.WriteUInt32BigEndian(value[12..], chunk.IsBegin ? chunk.PayloadProtocol : chunk.FragmentNumber);
        chunk.Payload.CopyTo(value[16..]);
    }
}
