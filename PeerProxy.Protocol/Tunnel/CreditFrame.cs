using System.Buffers.Binary;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>Payload of CREDIT: the new absolute limit in bytes since the start, 64 bits.</summary>
/// <param name="Limit">Bytes since the start of the stream, or of the connection on stream 0. Lower than a known limit: ignored.</param>
public readonly record struct CreditFrame(ulong Limit)
{
    public const int Size = 8;

    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt64BigEndian(destination, Limit);

    public static bool TryRead(ReadOnlySpan<byte> payload, out CreditFrame frame)
    {
        frame = payload.Length == Size ? new CreditFrame(BinaryPrimitives.ReadUInt64BigEndian(payload)) : default;
        return payload.Length == Size;
    }
}
