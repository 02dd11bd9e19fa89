using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.Tests.Unit.Sdp;

public sealed class CandidateLineTests
{
    private const string Full = "candidate:842163049 1 udp 1677729535 203.0.113.7 52811 typ srflx raddr 10.0.0.2 rport 5000 ufrag Yk3F";

    [Theory]
    [InlineData(Full)]
    [InlineData("candidate:1 1 udp 2122260223 2001:db8::7 61000 typ host")]
    [InlineData("candidate:1 1 udp 2122260223 8c2e295e-4bdf-4a65-95b2-6eac3a1aa31e.local 33516 typ host")]
    [InlineData("candidate:2 1 tcp 2105458943 192.0.2.1 9 typ host tcptype active")]
    [InlineData("candidate:a+/9 1 udp 1 198.51.100.1 1 typ relay raddr 203.0.113.7 rport 52811")]
    [InlineData("candidate:p 1 udp 1 198.51.100.1 1 typ prflx")]
    public void Line_ReadAndWritten_IsTheSame(string line)
    {
        Assert.True(CandidateLine.TryParse(line, out IceCandidate? candidate, out _));
        Assert.Equal(line, CandidateLine.Write(candidate!));
        Assert.True(CandidateLine.TryParse("a=" + line + "\r\n", out IceCandidate? again, out _));
        Assert.Equal(candidate, again);
    }

    [Fact]
    public void Line_OfFirefox_IsReadWithItsUpperCase()
    {
        Assert.True(CandidateLine.TryParse("candidate:0 1 UDP 2122187007 192.168.1.4 55068 typ host generation 0 network-id 1", out IceCandidate? candidate, out _));
        Assert.True(candidate!.IsUdp);
        Assert.Equal("192.168.1.4:55068", candidate.Address.ToString());
        Assert.False(candidate.NeedsResolution);
    }

    [Theory]
    [InlineData("")]
    [InlineData("candidate:")]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 9 host")]
    [InlineData("candidate:1 0 udp 1 192.0.2.1 9 typ host")]
    [InlineData("candidate:1 257 udp 1 192.0.2.1 9 typ host")]
    [InlineData("candidate:1 1 sctp 1 192.0.2.1 9 typ host")]
    [InlineData("candidate:1 1 udp 4294967296 192.0.2.1 9 typ host")]
    [InlineData("candidate:1 1 udp -1 192.0.2.1 9 typ host")]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 65536 typ host")]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 9 typ best")]
    [InlineData("candidate:1 1 udp 1 bad_address! 9 typ host")]
    [InlineData("candidate:1 1 udp 1 localhost 9 typ host")]
    [InlineData("candidate:123456789012345678901234567890123 1 udp 1 192.0.2.1 9 typ host")]
    public void Line_ThatCannotBeUsed_IsRefusedWithAReason(string line)
    {
        Assert.False(CandidateLine.TryParse(line, out IceCandidate? candidate, out string? error));
        Assert.Null(candidate);
        Assert.NotEmpty(error!);
    }

    [Fact]
    public void Line_OfEveryTruncationAndFlip_NeverThrows()
    {
        for (int i = 0; i < Full.Length; i++)
        {
            CandidateLine.TryParse(Full.AsSpan(0, i), out _, out _);
            for (int bit = 0; bit < 8; bit++)
            {
                char[] flipped = Full.ToCharArray();
                flipped[i] ^= (char)(1 << bit);
                if (CandidateLine.TryParse(flipped, out IceCandidate? candidate, out _))
                {
                    Assert.NotEmpty(CandidateLine.Write(candidate!));
                }
            }
        }

        Assert.False(CandidateLine.TryParse("candidate:" + new string('1', 100_000), out _, out _));
    }

    [Theory]
    [InlineData(IceCandidateType.Host, 65535, 2130706431u)]
    [InlineData(IceCandidateType.ServerReflexive, 65535, 1694498815u)]
    [InlineData(IceCandidateType.PeerReflexive, 65535, 1862270975u)]
    [InlineData(IceCandidateType.Relayed, 65535, 16777215u)]
    public void Priority_OfType_FollowsTheFormula(IceCandidateType type, int localPreference, uint expected) =>
        Assert.Equal(expected, IceCandidate.ComputePriority(type, (ushort)localPreference));
}
