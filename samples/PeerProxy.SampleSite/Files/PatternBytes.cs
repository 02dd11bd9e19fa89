using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace PeerProxy.SampleSite.Files;

/// <summary>Bytes that look random, follow from a seed and a position, and so can be made of any length without being stored.</summary>
internal static class PatternBytes
{
    private const int BlockBytes = 64 * 1024;

    private static readonly ConcurrentDictionary<(long Length, int Seed), string> Hashes = new();

    /// <summary>SHA-256 of a file, lower-case hex; computed once per file.</summary>
    internal static string Sha256(long length, int seed)
    {
        if (Hashes.Count > 256)
        {
            Hashes.Clear();
        }

        return Hashes.GetOrAdd((length, seed), file =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var block = new byte[BlockBytes];
            for (var at = 0L; at < file.Length; at += BlockBytes)
            {
                var part = block.AsSpan(0, (int)Math.Min(BlockBytes, file.Length - at));
                Fill(part, at, file.Seed);
                hash.AppendData(part);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        });
    }

    /// <summary>A seekable stream over a file, which is what Range requests need.</summary>
    internal static Stream Open(long length, int seed) => new PatternStream(length, seed);

    /// <summary>Writes the bytes at a position that is a multiple of 8 (splitmix64 of the word's number).</summary>
    internal static void Fill(Span<byte> target, long position, int seed)
    {
        var word = ((ulong)position / 8) + ((ulong)(uint)seed << 40);
        Span<byte> last = stackalloc byte[8];
        while (target.Length > 0)
        {
            var z = (++word) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            if (target.Length >= 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(target, z);
                target = target[8..];
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(last, z);
                last[..target.Length].CopyTo(target);
                target = [];
            }
        }
    }

    private sealed class PatternStream(long length, int seed) : Stream
    {
        private readonly byte[] _block = new byte[BlockBytes];
        private long _blockStart = -1;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var start = Position / BlockBytes * BlockBytes;
            if (Position >= length)
            {
                return 0;
            }

            if (start != _blockStart)
            {
                Fill(_block, start, seed);
                _blockStart = start;
            }

            var available = (int)Math.Min(Math.Min(BlockBytes - (Position - start), length - Position), buffer.Length);
            _block.AsSpan((int)(Position - start), available).CopyTo(buffer);
            Position += available;
            return available;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
        {
            SeekOrigin.Current => Position + offset,
            SeekOrigin.End => length + offset,
            _ => offset,
        };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
