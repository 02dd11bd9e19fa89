using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>Results of a re-configuration request (RFC 6525 section 4.4).</summary>
internal enum ReconfigResult : uint
{
    NothingToDo = 0,
    Performed = 1,
    Denied = 2,
    WrongSsn = 3,
    AlreadyInProgress = 4,
    BadSequenceNumber = 5,

    /// <summary>Data before the reset is still missing; ask again.</summary>
    InProgress = 6,
}

/// <summary>Outgoing SSN Reset Request (RFC 6525 section 4.1); no streams means all.</summary>
/// <remarks>
/// <code>
/// | Parameter Type = 13           | Length = 16 + 2 * N           |
/// |            Re-configuration Request Sequence Number           |
/// |            Re-configuration Response Sequence Number          |
/// |                 Sender's Last Assigned TSN                    |
/// |  Stream Number 1              |    Stream Number 2            |
/// </code>
/// </remarks>
internal readonly ref struct OutgoingResetRequest(uint requestNumber, uint lastTsn, ReadOnlySpan<byte> streams)
{
    private readonly ReadOnlySpan<byte> _streams = streams;

    public uint RequestNumber { get; } = requestNumber;

    public uint LastTsn { get; } = lastTsn;

    public int StreamCount => _streams.Length / sizeof(ushort);

    public ushort Stream(int index) => BinaryPrimitives.ReadUInt16BigEndian(_streams[(index * sizeof(ushort))..]);
}

/// <summary>Reading and writing of the parameters of RE-CONFIG (RFC 6525 section 4).</summary>
internal static class ReconfigParameters
{
    /// <summary>RE-CONFIG with one response parameter.</summary>
    public const int ResponseChunkLength = ChunkReader.HeaderLength + ResponseLength;

    private const int OutgoingRequestHeader = 16;
    private const int ResponseLength = 12;

    public static int OutgoingRequestLength(int streams) => OutgoingRequestHeader + (streams * sizeof(ushort));

    public static bool TryReadOutgoingRequest(ReadOnlySpan<byte> parameter, out OutgoingResetRequest request)
    {
        request = default;
        if (parameter.Length < OutgoingRequestHeader - ChunkReader.HeaderLength)
        {
            return false;
        }

        request = new OutgoingResetRequest(
            BinaryPrimitives.ReadUInt32BigEndian(parameter),
            BinaryPrimitives.ReadUInt32BigEndian(parameter[8..]),
            parameter[12..]);
        return true;
    }

    public static void WriteOutgoingRequest(Span<byte> destination, uint requestNumber, uint responseNumber, uint lastTsn, List<ushort> streams)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, ParameterType.OutgoingResetRequest);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)OutgoingRequestLength(streams.Count));
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], requestNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], responseNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], lastTsn);
        Span<byte> rest = destination[OutgoingRequestHeader..];
        foreach (ushort stream in streams)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, stream);
            rest = rest[sizeof(ushort)..];
        }
    }

    public static void WriteResponseChunk(Span<byte> destination, uint requestNumber, ReconfigResult result)
    {
        destination[0] = (byte)ChunkType.ReConfig;
        destination[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], ResponseChunkLength);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], ParameterType.ReconfigResponse);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], ResponseLength);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], requestNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], (uint)result);
    }
}
