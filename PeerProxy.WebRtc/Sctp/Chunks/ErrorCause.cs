using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>Error causes of ABORT and ERROR (RFC 9260 section 3.3.10): code (16), length (16), value.</summary>
internal static class ErrorCause
{
    public const ushort InvalidStream = 1;
    public const ushort StaleCookie = 3;
    public const ushort OutOfResource = 4;
    public const ushort UnrecognizedChunk = 6;
    public const ushort InvalidMandatoryParameter = 7;
    public const ushort NoUserData = 9;
    public const ushort UserInitiatedAbort = 12;
    public const ushort ProtocolViolation = 13;

    public const int HeaderLength = 4;

    public static int Write(Span<byte> destination, ushort code, ReadOnlySpan<byte> value)
    {
        int length = HeaderLength + value.Length;
        BinaryPrimitives.WriteUInt16BigEndian(destination, code);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
        value.CopyTo(destination[HeaderLength..]);
        return length;
    }

    /// <summary>Code of the first cause of an ABORT or ERROR; 0 when there is none.</summary>
    public static ushort FirstCode(ReadOnlySpan<byte> causes) =>
        causes.Length >= HeaderLength ? BinaryPrimitives.ReadUInt16BigEndian(causes) : (ushort)0;
}
