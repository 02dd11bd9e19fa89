using System.Net;
using System.Text;
using PeerProxy.Signaling.Upgrades;

namespace PeerProxy.Tests.Unit.Signaling;

/// <summary>The one kind of request that is taken before the HTTP server: everything else must be left to it.</summary>
[Trait("Category", "Unit")]
public sealed class UpgradeRequestTests
{
    private const string Usual =
        "GET /.peerproxy/signal HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    [Fact]
    public void Read_UsualRequest_GivesItsParts()
    {
        Assert.True(TryRead(Usual, out var agent));
        Assert.Null(agent.Peer);
        Assert.Equal("dGhlIHNhbXBsZSBub25jZQ==", agent.Key);
        Assert.Null(agent.ForwardedFor);

        Assert.True(TryRead(Usual.Replace("signal ", "signal?peer=3fdw ", StringComparison.Ordinal), out var visitor));
        Assert.Equal("3fdw", visitor.Peer!.Value.Value);
    }

    [Theory]
    [InlineData("Connection: Upgrade", "Connection: keep-alive, upgrade")]
    [InlineData("Upgrade: websocket", "upgrade:WebSocket\t")]
    [InlineData("Host: node", "Host: node\r\nUser-Agent: Mozilla/5.0 (X11; Linux)\r\nCookie: a=b; c=\"d\"\r\nSec-WebSocket-Extensions: permessage-deflate")]
    public void Read_OtherSpellings_AreTheSame(string usual, string other) =>
        Assert.True(TryRead(Usual.Replace(usual, other, StringComparison.Ordinal), out _));

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("1.1.1.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("spoofed, [2001:db8::1]:4711", "2001:db8::1")]
    public void Read_ForwardedFor_GivesTheLastAddress(string value, string address)
    {
        Assert.True(TryRead(Usual.Replace("Host: node", $"Host: node\r\nX-Forwarded-For: {value}", StringComparison.Ordinal), out var request));
        Assert.Equal(IPAddress.Parse(address), request.ForwardedFor);
    }

    [Theory]
    [InlineData("GET ", "POST ")]
    [InlineData("HTTP/1.1", "HTTP/1.0")]
    [InlineData("/.peerproxy/signal", "/.peerproxy/signals")]
    [InlineData("/.peerproxy/signal", "/.peerproxy/signal/")]
    [InlineData("/.peerproxy/signal", "/.PEERPROXY/signal")]
    [InlineData("/.peerproxy/signal", "/.peerproxy/signal?")]
    [InlineData("/.peerproxy/signal", "/.peerproxy/signal?peer=")]
    [InlineData("/.peerproxy/signal", "/.peerproxy/signal?peer=3F")]
    [InlineData("/.peerproxy/signal", "/.peerproxy/signal?peer=%33fdw")]
    [InlineData("/.peerproxy/signal", "/.peerproxy/signal?peer=3fdw&peer=4fdw")]
    [InlineData("Host: node\r\n", "")]
    [InlineData("Host: node", "Host: node\r\nHost: other")]
    [InlineData("Host: node", "Host:")]
    [InlineData("Host: node", "Host : node")]
    [InlineData("Host: node", "Host: node\r\n folded")]
    [InlineData("Host: node", "Host: node\r\nno colon")]
    [InlineData("Host: node", "Host: node\r\nA: b\nC: d")]
    [InlineData("Host: node", "Host: node\r\nA: \0")]
    [InlineData("Host: node", "Host: node\r\nContent-Length: 0")]
    [InlineData("Host: node", "Host: node\r\nTransfer-Encoding: chunked")]
    [InlineData("Host: node", "Host: node\r\nExpect: 100-continue")]
    [InlineData("Host: node", "Host: node\r\nSec-WebSocket-Protocol: chat")]
    [InlineData("Host: node", "Host: node\r\nX-Forwarded-For: somebody")]
    [InlineData("Host: node", "Host: node\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2")]
    [InlineData("Upgrade: websocket", "Upgrade: h2c")]
    [InlineData("Connection: Upgrade", "Connection: keep-alive")]
    [InlineData("Version: 13", "Version: 8")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=!")]
    [InlineData("\r\n\r\n", "\r\n\r\nmore")]
    [InlineData("\r\n\r\n", "\r\n")]
    public void Read_AnythingElse_IsLeftToTheServer(string usual, string other)
    {
        var at = Usual.LastIndexOf(usual, StringComparison.Ordinal);
        Assert.True(at >= 0);
        Assert.False(TryRead(Usual[..at] + other + Usual[(at + usual.Length)..], out _));
    }

    [Fact]
    public void Read_EveryTruncation_IsLeftToTheServer()
    {
        for (var length = 0; length < Usual.Length; length++)
        {
            Assert.False(TryRead(Usual[..length], out _), $"{length} bytes");
        }
    }

    private static bool TryRead(string head, out UpgradeRequest request) => UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(head), out request);
}
