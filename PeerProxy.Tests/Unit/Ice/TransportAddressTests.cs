using System.Net;
using System.Net.Sockets;
using PeerProxy.WebRtc;

namespace PeerProxy.Tests.Unit.Ice;

public sealed class TransportAddressTests
{
    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    [InlineData("fe80::1%3")]
    [InlineData("::1")]
    public void Address_ThroughEveryForm_IsTheSame(string text)
    {
        var endPoint = new IPEndPoint(IPAddress.Parse(text), 54321);
        TransportAddress address = TransportAddress.From(endPoint);

        Assert.Equal(endPoint, address.ToIPEndPoint());
        Assert.True(TransportAddress.TryFrom(address.ToSocketAddress(), out TransportAddress again));
        Assert.Equal(address, again);
        Assert.Equal(address.GetHashCode(), again.GetHashCode());
        Assert.True(TransportAddress.TryFrom(endPoint.Serialize(), out TransportAddress serialized));
        Assert.Equal(address, serialized);
        Assert.Equal(endPoint.Serialize(), address.ToSocketAddress());
    }

    [Fact]
    public void MappedAddress_FromDualModeSocket_IsIPv4AndGoesBackMapped()
    {
        TransportAddress address = TransportAddress.From(IPAddress.Parse("::ffff:192.0.2.7"), 5);
        Assert.False(address.IsIPv6);
        Assert.Equal("192.0.2.7:5", address.ToString());

        var destination = new SocketAddress(AddressFamily.InterNetworkV6);
        address.WriteTo(destination);
        var endPoint = (IPEndPoint)new IPEndPoint(IPAddress.IPv6Any, 0).Create(destination);
        Assert.Equal(IPAddress.Parse("::ffff:192.0.2.7"), endPoint.Address);
        Assert.Equal(5, endPoint.Port);
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("8.8.8.8", false)]
    [InlineData("fd00::1", true)]
    [InlineData("2001:db8::1", false)]
    public void IsPrivate_OfAddress_FollowsTheRanges(string text, bool expected)
    {
        Assert.True(TransportAddress.TryParse(text, 1, out TransportAddress address));
        Assert.Equal(expected, address.IsPrivate);
    }

    [Fact]
    public void TryParse_OfNamesAndBadPorts_IsFalse()
    {
        Assert.False(TransportAddress.TryParse("example.org", 1, out _));
        Assert.False(TransportAddress.TryParse("192.0.2.1", 65536, out _));
        Assert.False(TransportAddress.TryParse("", 1, out _));
    }
}
