using PeerProxy.Agent.Cookies;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Agent;

public sealed class RequestHeadTests
{
    private static readonly Field[] Valid = [new(":method", "GET"), new(":path", "/"), new(":authority", "v.test"), new(":scheme", "https")];

    public static TheoryData<string, string> BadFields => new()
    {
        { ":method", "GE T" },
        { ":method", "" },
        { ":path", "relative" },
        { ":path", "/with space" },
        { ":path", "/line\nfeed" },
        { ":path", "/\u00e9" },
        { ":path", "/#fragment" },
        { ":authority", "" },
        { ":authority", "a/b" },
        { ":authority", "user@host" },
        { ":scheme", "file" },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public void Read_BadPseudoField_IsRefused(string name, string value)
    {
        var fields = Valid.Select(field => field.Name == name ? new Field(name, value) : field).ToList();
        Assert.False(RequestHead.TryRead(fields, out _, out var problem));
        Assert.NotEqual("", problem);
    }

    [Fact]
    public void Read_RepeatedUnknownOrLatePseudoField_IsRefused()
    {
        Assert.False(RequestHead.TryRead([.. Valid, Valid[0]], out _, out _));
        Assert.False(RequestHead.TryRead([.. Valid, new(":status", "200")], out _, out _));
        Assert.False(RequestHead.TryRead([.. Valid[..3], new("accept", "*/*"), Valid[3]], out _, out _));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1,1")]
    [InlineData("99999999999999999999")]
    [InlineData("")]
    public void Read_BadContentLength_IsRefused(string value) => Assert.False(RequestHead.TryRead([.. Valid, new("content-length", value)], out _, out _));

    [Fact]
    public void Read_TwoContentLengths_MustAgree()
    {
        Assert.True(RequestHead.TryRead([.. Valid, new("content-length", "5"), new("content-length", "5")], out var head, out _));
        Assert.Equal(5, head.ContentLength);
        Assert.False(RequestHead.TryRead([.. Valid, new("content-length", "5"), new("content-length", "6")], out _, out _));
    }

    [Theory]
    [InlineData("u=0", 0)]
    [InlineData("u=5, i", 5)]
    [InlineData("i", 3)]
    [InlineData("u=9", 3)]
    public void Read_Priority_GivesUrgency(string priority, int urgency)
    {
        Assert.True(RequestHead.TryRead([.. Valid, new("priority", priority)], out var head, out _));
        Assert.Equal(urgency, head.Urgency);
    }

    /// <summary>Method, mode, client, referrer; then Origin, Referer and Sec-Fetch-Site expected.</summary>
    public static TheoryData<string, string, string?, string?, string?, string?, string?> Contexts => new()
    {
        { "GET", "navigate", null, null, null, null, "none" },
        { "GET", "navigate", null, "https://search.test/q", null, "https://search.test/q", "cross-site" },
        { "GET", "navigate", "https://v.test/a", "https://v.test/a", null, "http://localhost:3000/a", "same-origin" },
        { "POST", "navigate", "https://v.test/a", "https://v.test/a#x", "http://localhost:3000", "http://localhost:3000/a", "same-origin" },
        { "POST", "cors", null, null, "http://localhost:3000", null, "same-origin" },
        { "GET", "cors", "https://v.test/a", "about:client", null, null, "same-origin" },
        { "GET", "cors", "https://other.test/", null, "https://other.test", null, "cross-site" },
        { "POST", "no-cors", "https://other.test/", null, "https://other.test", null, "cross-site" },
    };

    [Theory]
    [MemberData(nameof(Contexts))]
    public void Rules_Context_IsTheTargetsOwn(string method, string mode, string? client, string? referrer, string? origin, string? referer, string? site)
    {
        List<Field> fields = [new(":method", method), .. Valid[1..], new("pp-mode", mode), new("origin-x", "kept"), new("referer", "forged"), new("sec-fetch-site", "forged")];
        if (client is not null)
        {
            fields.Add(new Field("pp-client", client));
        }

        if (referrer is not null)
        {
            fields.Add(new Field("pp-referrer", referrer));
        }

        Assert.True(RequestHead.TryRead(fields, out var head, out var problem), problem);
        Assert.True(TargetAddress.TryParse("3000", out var target, out _));
        var made = RequestHeaderRules.ToTarget(
            head, new OriginMap(target, head.VisitorOrigin), new VisitorContext(new CookieJar(TimeProvider.System), () => null), target, sendForwardedHost: false);
        Assert.Equal(origin, Single(made, "origin"));
        Assert.Equal(referer, Single(made, "referer"));
        Assert.Equal(site, Single(made, "sec-fetch-site"));
        Assert.Equal("kept", Single(made, "origin-x"));
        Assert.DoesNotContain(made, field => field.Name.StartsWith("pp-", StringComparison.Ordinal));
    }

    private static string? Single(List<Field> fields, string name) => fields.SingleOrDefault(field => field.Name == name).Value;
}
