using PeerProxy.WebRtc.Hosting.Servers;

namespace PeerProxy.Tests.Unit.Hosting;

public class IceServerAddressTests
{
    [Theory]
    [InlineData("stun:stun.example.org", false, "stun.example.org", 3478, "Udp")]
    [InlineData("STUN:192.0.2.1:19302", false, "192.0.2.1", 19302, "Udp")]
    [InlineData("turn:turn.example.org?transport=tcp", true, "turn.example.org", 3478, "Tcp")]
    [InlineData("turn:turn.example.org:443?transport=udp", true, "turn.example.org", 443, "Udp")]
    [InlineData("turns:turn.example.org", true, "turn.example.org", 5349, "Tls")]
    [InlineData("turns:turn.example.org:443?transport=tcp", true, "turn.example.org", 443, "Tls")]
    [InlineData("turn:[2001:db8::1]:3479", true, "2001:db8::1", 3479, "Udp")]
    [InlineData("turn:[2001:db8::1]", true, "2001:db8::1", 3478, "Udp")]
    public void TryParse_Url_GivesItsParts(string url, bool isTurn, string host, int port, string transport)
    {
        Assert.True(IceServerAddress.TryParse(url, out var address));
        Assert.Equal((isTurn, host, port, transport), (address!.IsTurn, address.Host, address.Port, address.Transport.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("turn")]
    [InlineData("turn:")]
    [InlineData("http://example.org")]
    [InlineData("turn:host:0")]
    [InlineData("turn:host:65536")]
    [InlineData("turn:host:x")]
    [InlineData("turn:[::1")]
    public void TryParse_NoServerUrl_IsRefused(string url) => Assert.False(IceServerAddress.TryParse(url, out _));
}
