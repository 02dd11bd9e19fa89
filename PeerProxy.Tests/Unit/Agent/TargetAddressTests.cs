using PeerProxy.Agent.Forwarding;

namespace PeerProxy.Tests.Unit.Agent;

public sealed class TargetAddressTests
{
    [Theory]
    [InlineData("3000", "http://localhost:3000", "localhost:3000", "localhost")]
    [InlineData(":3000", "http://localhost:3000", "localhost:3000", "localhost")]
    [InlineData("192.168.1.5:8080", "http://192.168.1.5:8080", "192.168.1.5:8080", "192.168.1.5")]
    [InlineData("printer", "http://printer", "printer", "printer")]
    [InlineData("http://Printer.Local/", "http://printer.local", "printer.local", "printer.local")]
    [InlineData("https://localhost:5001", "https://localhost:5001", "localhost:5001", "localhost")]
    [InlineData("https://example.test:443", "https://example.test", "example.test", "example.test")]
    [InlineData("[::1]:3000", "http://[::1]:3000", "[::1]:3000", "::1")]
    [InlineData("::1", "http://[::1]", "[::1]", "::1")]
    [InlineData("unix:/run/app.sock", "http://localhost", "localhost", "localhost")]
    public void Parse_Accepted(string text, string origin, string host, string cookieHost)
    {
        Assert.True(TargetAddress.TryParse(text, out var target, out var problem), problem);
        Assert.Equal(origin, target.OriginText);
        Assert.Equal(host, target.HostField);
        Assert.Equal(cookieHost, target.CookieHost);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("http://")]
    [InlineData("http://localhost:3000/path")]
    [InlineData("http://localhost:3000/?q")]
    [InlineData("http://user:secret@localhost")]
    [InlineData("ws://localhost")]
    [InlineData("unix:relative")]
    [InlineData("host:port")]
    public void Parse_Refused_SaysWhy(string text)
    {
        Assert.False(TargetAddress.TryParse(text, out _, out var problem));
        Assert.NotEqual("", problem);
    }

    [Theory]
    [InlineData("3000", "http://localhost:3000/x?y#z", "https://v.test/x?y#z")]
    [InlineData("3000", "http://127.0.0.1:3000/x", "https://v.test/x")]
    [InlineData("3000", "https://LOCALHOST:3000", "https://v.test")]
    [InlineData("3000", "//localhost:3000/x", "https://v.test/x")]
    [InlineData("3000", "http://[::1]:3000/", "https://v.test/")]
    [InlineData("3000", "http://localhost:3001/x", "http://localhost:3001/x")]
    [InlineData("3000", "http://localhost:3000.evil.test/", "http://localhost:3000.evil.test/")]
    [InlineData("3000", "http://localhost:3000@evil.test/", "http://localhost:3000@evil.test/")]
    [InlineData("3000", "/relative", "/relative")]
    [InlineData("3000", "https://other.test/", "https://other.test/")]
    [InlineData("http://box.lan", "http://box.lan/a", "https://v.test/a")]
    [InlineData("http://box.lan", "http://box.lan:80/a", "https://v.test/a")]
    [InlineData("http://box.lan", "http://localhost/a", "http://localhost/a")]
    public void Location_OfTheTarget_BecomesTheVisitors(string target, string location, string expected)
    {
        Assert.True(TargetAddress.TryParse(target, out var address, out _));
        Assert.Equal(expected, new OriginMap(address, "https://v.test").ToVisitor(location));
    }

    [Theory]
    [InlineData("https://v.test/page?x", "http://localhost:3000/page?x")]
    [InlineData("https://v.test", "http://localhost:3000")]
    [InlineData("https://v.test.evil/", "https://v.test.evil/")]
    [InlineData("https://search.test/", "https://search.test/")]
    public void Referer_OfTheVisitor_BecomesTheTargets(string url, string expected)
    {
        Assert.True(TargetAddress.TryParse("3000", out var address, out _));
        Assert.Equal(expected, new OriginMap(address, "https://v.test").ToTarget(url));
    }
}
