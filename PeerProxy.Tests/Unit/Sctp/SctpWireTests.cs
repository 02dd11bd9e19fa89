using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.Unit.Sctp;

public sealed class SctpWireTests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("313233343536373839", 0xE3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AAu)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 0x62A8AB43u)]
    public void Crc32c_KnownVectors_Match(string hex, uint expected) => Assert.Equal(expected, Crc32c.Compute(Convert.FromHexString(hex)));

    [Theory]
    [InlineData(0xFFFF_FFFEu, 3u, 5)]
    [InlineData(3u, 0xFFFF_FFFEu, -5)]
    [InlineData(0x7FFF_FFFFu, 0x8000_0001u, 2)]
    public void Unwrap_AcrossTheWrap_FindsTheNearest(uint from, uint to, long distance)
    {
        long reference = SerialNumber.Start(from);
        Assert.Equal(reference + distance, SerialNumber.Unwrap(reference, to));
    }

    [Fact]
    public void Sack_WrittenAndRead_IsTheSame()
    {
        byte[] packet = new byte[200];
        var writer = new SctpPacketWriter(packet, 5000, 7);
        SackChunk.Write(ref writer, 100, 2000, [(2, 3), (5, 9)], [98, 99]);
        int length = writer.Finish(zeroChecksum: false);
        Assert.True(Crc32c.IsValid(packet.AsSpan(0, length)));
        var reader = new ChunkReader(packet.AsSpan(12, length - 12));
        Assert.True(reader.TryRead(out ChunkType type, out _, out ReadOnlySpan<byte> value, out _));
        Assert.Equal(ChunkType.Sack, type);
        Assert.True(SackChunk.TryRead(value, out SackChunk sack));
        Assert.Equal((100u, 2000u, 2, 2), (sack.CumulativeTsn, sack.ReceiverWindow, sack.GapBlockCount, sack.DuplicateCount));
        Assert.Equal(((ushort)5, (ushort)9), sack.GapBlock(1));
        Assert.Equal(99u, sack.Duplicate(1));
    }

    [Fact]
    public void Cookie_AnyBitFlipped_IsRefused()
    {
        byte[] secret = new byte[32];
        var cookie = new StateCookie { LocalTag = 1, PeerTag = 2, PeerFeatures = SctpFeatures.Interleaving, MadeAt = new WebRtc.Timestamp(5) };
        byte[] encoded = new byte[StateCookie.Length];
        cookie.Write(encoded, secret);
        Assert.True(StateCookie.TryRead(encoded, secret, out StateCookie read));
        Assert.Equal(cookie, read);
        for (int bit = 0; bit < encoded.Length * 8; bit++)
        {
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(StateCookie.TryRead(encoded, secret, out _));
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
