using PeerProxy.WebRtc.Stun;
using PeerProxy.WebRtc.Turn;

namespace PeerProxy.Tests.Unit.Turn;

public sealed class TurnStreamFramerTests
{
    [Fact]
    public void Messages_InPiecesOfAnySize_ComeOutWhole()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var messages = new List<byte[]>();
            for (int i = 0; i < 10; i++)
            {
                messages.Add(random.Next(2) == 0 ? Stun(random) : Channel(random));
            }

            byte[] stream = [.. messages.SelectMany(message => message)];
            var framer = new TurnStreamFramer();
            var read = new List<byte[]>();
            for (int offset = 0; offset < stream.Length;)
            {
                Span<byte> span = framer.GetWriteSpan();
                int count = Math.Min(Math.Min(span.Length, stream.Length - offset), 1 + random.Next(seed % 2 == 0 ? 3000 : 7));
                stream.AsSpan(offset, count).CopyTo(span);
                framer.Advance(count);
                offset += count;
                while (framer.TryRead(out ReadOnlySpan<byte> message))
                {
                    read.Add(message.ToArray());
                }
            }

            Assert.False(framer.IsBroken, $"seed {seed}");
            Assert.Equal(messages, read);
        }
    }

    [Fact]
    public void ChannelData_Padded_KeepsItsLength()
    {
        var buffer = new byte[20];
        Assert.Equal(12, ChannelData.Write(buffer, 0x4001, [1, 2, 3, 4, 5], pad: true));
        Assert.True(ChannelData.TryRead(buffer.AsSpan(0, 12), out ushort number, out ReadOnlySpan<byte> payload));
        Assert.Equal(0x4001, number);
        Assert.Equal(5, payload.Length);
        Assert.Equal(9, ChannelData.Write(buffer, 0x4001, [1, 2, 3, 4, 5], pad: false));
        Assert.Equal(0, ChannelData.Write(buffer.AsSpan(0, 8), 0x4001, [1, 2, 3, 4, 5], pad: false));
    }

    [Theory]
    [InlineData(0x16)]
    [InlineData(0x80)]
    [InlineData(0x48)]
    [InlineData(0xFF)]
    public void Stream_OfSomethingElse_IsBrokenForGood(byte first)
    {
        var framer = new TurnStreamFramer();
        framer.GetWriteSpan()[0] = first;
        framer.Advance(8);
        bool isChannel = first >> 4 == 4;
        framer.TryRead(out _);
        Assert.Equal(!isChannel, framer.IsBroken);
    }

    [Fact]
    public void LongestMessage_FitsTheBuffer()
    {
        var framer = new TurnStreamFramer();
        var message = new byte[20 + 65532];
        message[2] = 0xFF;
        message[3] = 0xFC;
        int offset = 0;
        while (offset < message.Length)
        {
            Assert.False(framer.TryRead(out _));
            Span<byte> span = framer.GetWriteSpan();
            int count = Math.Min(span.Length, message.Length - offset);
            message.AsSpan(offset, count).CopyTo(span);
            framer.Advance(count);
            offset += count;
        }

        Assert.True(framer.TryRead(out ReadOnlySpan<byte> read));
        Assert.Equal(message.Length, read.Length);
        Assert.NotEqual(0, framer.GetWriteSpan().Length);
    }

    private static byte[] Stun(Random random)
    {
        var buffer = new byte[3000];
        var writer = new StunMessageWriter(buffer, StunClass.Indication, StunMethod.Data, default);
        writer.Add(StunAttributeType.Data, new byte[random.Next(2000)]);
        return buffer[..writer.Length];
    }

    private static byte[] Channel(Random random)
    {
        var buffer = new byte[20_010];
        return buffer[..ChannelData.Write(buffer, (ushort)(0x4000 + random.Next(0x1000)), new byte[random.Next(20_000)], pad: true)];
    }
}
