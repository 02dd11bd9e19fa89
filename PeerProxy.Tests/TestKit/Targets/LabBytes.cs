using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Bytes that depend on a seed and an offset only, so any part of a large body can be made and checked without keeping it.</summary>
public static class LabBytes
{
    private static readonly ConcurrentDictionary<(long Length, int Seed), string> _hashes = new();

    /// <summary>Fills <paramref name="destination"/> with the bytes that stand at <paramref name="offset"/>.</summary>
    public static void Fill(Span<byte> destination, int seed, long offset)
    {
        Span<byte> word = stackalloc byte[8];
        while (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix(seed, offset / 8));
            var part = word[(int)(offset % 8)..];
            var count = Math.Min(part.Length, destination.Length);
            part[..count].CopyTo(destination);
            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>SHA-256 of the first <paramref name="length"/> bytes, in lower-case hex.</summary>
    public static string Sha256(long length, int seed) => _hashes.GetOrAdd((length, seed), static key =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        for (long offset = 0; offset < key.Length; offset += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, key.Length - offset));
            Fill(part, key.Seed, offset);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    });

    // The finaliser of SplitMix64: cheap, and no two words of a body repeat.
    private static ulong Mix(int seed, long index)
    {
        var z = unchecked(((ulong)seed << 32) + ((ulong)index + 1) * 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return z ^ (z >> 31);
    }
}
