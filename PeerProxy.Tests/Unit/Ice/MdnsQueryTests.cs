using System.Text;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.Tests.Unit.Ice;

public sealed class MdnsQueryTests
{
    private const string Name = "8c2e295e-4bdf-4a65-95b2-6eac3a1aa31e.local";

    [Fact]
    public void Query_ForName_AsksForBothTypesByUnicast()
    {
        var buffer = new byte[MdnsQuery.MaxQuerySize];
        int length = MdnsQuery.Write(Name, buffer);
        byte[] question = [36, .. Encoding.ASCII.GetBytes(Name[..36]), 5, .. "local"u8, 0];
        byte[] expected = [0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, .. question, 0, 1, 0x80, 1, .. question, 0, 28, 0x80, 1];
        Assert.Equal(expected, buffer[..length]);
        Assert.Equal(0, MdnsQuery.Write(Name, buffer.AsSpan(0, length - 1)));
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData(".local")]
    [InlineData("a..local")]
    [InlineData("")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.local")]
    public void Query_ForOtherNames_IsNotWritten(string name) => Assert.Equal(0, MdnsQuery.Write(name, new byte[600]));

    [Fact]
    public void Answer_WithAddresses_IsRead()
    {
        var addresses = new TransportAddress[4];
        int found = MdnsQuery.ReadAddresses(Answer(Name.ToUpperInvariant().Replace("LOCAL", "local")), Name, addresses);
        Assert.Equal(2, found);
        Assert.Equal("192.168.1.50:0", addresses[0].ToString());
        Assert.Equal("[fd00::5]:0", addresses[1].ToString());
        Assert.Equal(1, MdnsQuery.ReadAddresses(Answer(Name), Name, addresses.AsSpan(0, 1)));
    }

    [Fact]
    public void Answer_ForAnotherName_IsNotTaken()
    {
        var addresses = new TransportAddress[4];
        Assert.Equal(0, MdnsQuery.ReadAddresses(Answer("x" + Name[1..]), Name, addresses));
        Assert.Equal(0, MdnsQuery.ReadAddresses(Answer(Name), "other.local", addresses));
        Assert.Equal(0, MdnsQuery.ReadAddresses(Answer(Name), Name[..^1], addresses));
        byte[] query = Answer(Name);
        query[2] = 0;
        Assert.Equal(0, MdnsQuery.ReadAddresses(query, Name, addresses));
    }

    [Fact]
    public void Answer_WithPointerLoop_Ends()
    {
        byte[] loop = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4];
        Assert.Equal(0, MdnsQuery.ReadAddresses(loop, Name, new TransportAddress[2]));
    }

    [Fact]
    public void Answer_OfEveryTruncationAndFlip_NeverThrows()
    {
        byte[] answer = Answer(Name);
        var addresses = new TransportAddress[4];
        for (int bit = 0; bit < answer.Length * 8; bit++)
        {
            byte[] flipped = [.. answer];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.InRange(MdnsQuery.ReadAddresses(flipped, Name, addresses), 0, 4);
            Assert.InRange(MdnsQuery.ReadAddresses(answer.AsSpan(0, bit / 8), Name, addresses), 0, 1);
        }
    }

    /// <summary>An answer as browsers send: A record, and AAAA with a compressed name.</summary>
    private static byte[] Answer(string name)
    {
        byte[] encoded = [36, .. Encoding.ASCII.GetBytes(name[..36]), 5, .. "local"u8, 0];
        return
        [
            0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0,
            .. encoded, 0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, 192, 168, 1, 50,
            0xC0, 12, 0, 28, 0x80, 1, 0, 0, 0, 120, 0, 16, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5,
        ];
    }
}
