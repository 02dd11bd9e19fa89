using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Stun;

/// <summary>The 96-bit transaction id of a STUN message.</summary>
public readonly record struct StunTransactionId(uint High, ulong Low)
{
    public const int Size = 12;

    public static StunTransactionId Create(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[Size];
        random.Fill(bytes);
        return Read(bytes);
    }

    public static StunTransactionId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[4..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[4..], Low);
    }
}
