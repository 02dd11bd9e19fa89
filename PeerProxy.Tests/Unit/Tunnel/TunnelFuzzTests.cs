using System.Buffers;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

/// <summary>Peer bytes never throw: every truncation and every one-bit flip of every vector, and random bytes. Seeds are fixed.</summary>
public sealed class TunnelFuzzTests
{
    private const int RandomRounds = 50_000;

    [Fact]
    public void Frames_TruncatedOrFlipped_NeverThrow()
    {
        foreach (var part in new[] { "valid", "ignored", "invalid" })
        {
            foreach (var row in TunnelVectors.Read("frames.json", part).Where(row => row["hex"] is not null))
            {
                Sweep(TunnelVectors.Bytes(row, "hex"), ReadFrame);
            }
        }
    }

    [Fact]
    public void Heads_TruncatedOrFlipped_NeverThrow()
    {
        foreach (var part in new[] { "valid", "decodeOnly", "invalid" })
        {
            foreach (var row in TunnelVectors.Read("heads.json", part))
            {
                Sweep(TunnelVectors.Bytes(row, "hex"), ReadHead);
            }
        }
    }

    [Fact]
    public void RandomBytes_NeverThrow()
    {
        var random = new Random(20_240_817);
        var buffer = new byte[300];
        for (var i = 0; i < RandomRounds; i++)
        {
            var bytes = buffer.AsSpan(0, random.Next(buffer.Length));
            random.NextBytes(bytes);
            ReadFrame(bytes);
            if (bytes.Length >= 2)
            {
                // Past the prefix, or nothing of the rest is tried.
                bytes[..2].Clear();
            }

            ReadHead(bytes);
            if (bytes.Length >= FrameHeader.Size)
            {
                new FrameHeader((FrameType)(random.Next(0, 13) << 8), (uint)random.Next(2), bytes.Length - FrameHeader.Size, flags: (FrameFlags)random.Next(0x20)).Write(bytes);
                ReadFrame(bytes);
            }
        }
    }

    [Fact]
    public void Heads_ThatDecode_EncodeToTheSameFields()
    {
        var random = new Random(99);
        foreach (var row in TunnelVectors.Read("heads.json", "valid"))
        {
            var bytes = TunnelVectors.Bytes(row, "hex");
            for (var i = 0; i < 200; i++)
            {
                var mutated = bytes.ToArray();
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
                if (FieldSection.TryDecode(mutated, 262_144, out var fields, out _))
                {
                    var writer = new ArrayBufferWriter<byte>();
                    FieldSection.Encode(fields, writer);
                    Assert.True(FieldSection.TryDecode(writer.WrittenSpan, 262_144, out var again, out _));
                    Assert.Equal(fields, again);
                }
            }
        }
    }

    private delegate void Reader(ReadOnlySpan<byte> bytes);

    private static void Sweep(byte[] bytes, Reader read)
    {
        for (var length = 0; length <= bytes.Length; length++)
        {
            read(bytes.AsSpan(0, length));
        }

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = bytes.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            read(flipped);
        }
    }

    private static void ReadFrame(ReadOnlySpan<byte> bytes)
    {
        if (FrameHeader.TryRead(bytes, out var header, out _) == FrameReadResult.Frame)
        {
            FrameVectorTests.TryReadPayload(header.Type, bytes[FrameHeader.Size..], out _);
        }
    }

    private static void ReadHead(ReadOnlySpan<byte> bytes) => FieldSection.TryDecode(bytes, 262_144, out _, out _);
}
