using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PeerProxy.WebRtc;

/// <summary>Where the core takes tags, transaction ids, passwords and jitter from, so that a simulation can repeat a run from its seed.</summary>
public interface IRandomSource
{
    void Fill(Span<byte> destination);

    uint NextUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}

/// <summary>The system's cryptographic generator: the only source used outside tests.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    public static readonly SystemRandomSource Instance = new();

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
