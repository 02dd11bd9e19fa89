using PeerProxy.Agent.Cookies;

namespace PeerProxy.Tests.Unit.Agent;

public sealed class CookieJarTests
{
    private static readonly CookieRequest Request = new("app.test", "/dir/page");

    /// <summary>Set-Cookie value, host and path of a later request, the Cookie field expected there (null: none).</summary>
    public static TheoryData<string, string, string, string?> Scopes => new()
    {
        { "a=1", "app.test", "/dir/other", "a=1" },
        { "a=1", "app.test", "/dir", "a=1" },
        { "a=1", "app.test", "/directory", null },
        { "a=1", "app.test", "/", null },
        { "a=1", "sub.app.test", "/dir/x", null },
        { "a=1; Path=/", "app.test", "/", "a=1" },
        { "a=1; Path=/; Domain=app.test", "sub.app.test", "/", "a=1" },
        { "a=1; Path=/; Domain=.App.Test", "sub.app.test", "/", "a=1" },
        { "a=1; Path=/; Domain=other.test", "app.test", "/", null },
        { "a=1; Path=/; Domain=pp.test", "app.test", "/", null },
        { "a=1; Path=/; Domain=test", "app.test", "/", null },
        { "a=1; Path=/; Domain=", "app.test", "/", "a=1" },
        { "a=1; Path=relative", "app.test", "/dir/x", "a=1" },
        { "a=1; Path=/; Max-Age=0", "app.test", "/", null },
        { "a=1; Path=/; Max-Age=-5", "app.test", "/", null },
        { "a=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "app.test", "/", "a=1" },
        { "a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "app.test", "/", null },
        { "a=1; Path=/; Expires=garbage", "app.test", "/", "a=1" },
        { "a=b=c; Path=/", "app.test", "/", "a=b=c" },
        { " spaced = v w ; Path=/", "app.test", "/", "spaced=v w" },
        { "nameless; Path=/", "app.test", "/", "nameless" },
        { "=value; Path=/", "app.test", "/", "value" },
        { "; Path=/", "app.test", "/", null },
        { "a=\u00e9; Path=/", "app.test", "/", "a=\u00e9" },
        { "a=1\u0001; Path=/", "app.test", "/", null },
        { "__Secure-a=1; Path=/", "app.test", "/", null },
        { "__Secure-a=1; Path=/; Secure", "app.test", "/", "__Secure-a=1" },
        { "__Host-a=1; Path=/; Secure", "app.test", "/", "__Host-a=1" },
        { "__Host-a=1; Path=/; Secure; Domain=app.test", "app.test", "/", null },
        { "__Host-a=1; Path=/dir; Secure", "app.test", "/dir", null },
        { "__host-a=1; Path=/", "app.test", "/", null },
    };

    [Theory]
    [MemberData(nameof(Scopes))]
    public void Set_Then_SentWhereItBelongs(string setCookie, string host, string path, string? expected)
    {
        var jar = new CookieJar(TimeProvider.System);
        jar.SetFromTarget(setCookie, Request);
        Assert.Equal(expected, jar.GetHeader(new CookieRequest(host, path)));
    }

    [Theory]
    [InlineData("", true, true, true, true)]
    [InlineData("", false, false, true, false)]
    [InlineData("", false, true, true, true)]
    [InlineData("", false, true, false, false)]
    [InlineData("; SameSite=Strict", false, true, true, false)]
    [InlineData("; SameSite=Strict", true, false, true, true)]
    [InlineData("; SameSite=None; Secure", false, false, false, true)]
    [InlineData("; SameSite=None", true, true, true, false)]
    public void SameSite_DecidesWithTheRequest(string attribute, bool sameSite, bool navigation, bool safe, bool isSent)
    {
        var jar = new CookieJar(TimeProvider.System);
        jar.SetFromTarget("a=1; Path=/" + attribute, Request);
        var header = jar.GetHeader(new CookieRequest("app.test", "/", IsSameSite: sameSite, IsTopLevelNavigation: navigation, IsSafeMethod: safe));
        Assert.Equal(isSent ? "a=1" : null, header);
    }

    [Fact]
    public void Secure_OnAnInsecureWay_IsNeitherSetNorSent()
    {
        var jar = new CookieJar(TimeProvider.System);
        var insecure = Request with { IsSecure = false };
        jar.SetFromTarget("a=1; Secure", insecure);
        Assert.Equal(0, jar.Count);
        jar.SetFromTarget("a=1; Secure", Request);
        Assert.Null(jar.GetHeader(insecure));
    }

    [Fact]
    public void Header_LongerPathsFirstThenOlder()
    {
        var jar = new CookieJar(TimeProvider.System);
        jar.SetFromTarget("root=1; Path=/", Request);
        jar.SetFromTarget("later=1; Path=/", Request);
        jar.SetFromTarget("deep=1; Path=/dir", Request);
        jar.SetFromTarget("root=2; Path=/", Request);
        Assert.Equal("deep=1; root=2; later=1", jar.GetHeader(Request));
    }

    [Theory]
    [InlineData("a=1; Path=/; Domain=app.test; Secure; SameSite=Lax", "a=1; Path=/; Secure; SameSite=Lax")]
    [InlineData("a=1; HttpOnly", "a=; Path=/dir; HttpOnly")]
    [InlineData("a=1; Max-Age=0", "a=1; Path=/dir; Expires=Thu, 01 Jan 1970 00:00:00 GMT")]
    public void Set_TellsTheBrowserWhatScriptsMaySee(string setCookie, string? expected) =>
        Assert.Equal(expected, new CookieJar(TimeProvider.System).SetFromTarget(setCookie, Request));

    [Fact]
    public void HttpOnly_ReplacingAVisibleOne_HidesItFromScripts()
    {
        var jar = new CookieJar(TimeProvider.System);
        jar.SetFromTarget("a=1; Path=/", Request);
        Assert.Equal("a=; Path=/; HttpOnly", jar.SetFromTarget("a=2; Path=/; HttpOnly", Request));
    }

    [Fact]
    public void Script_CanNeitherMakeNorChangeHttpOnly()
    {
        var jar = new CookieJar(TimeProvider.System);
        Assert.False(jar.SetFromScript("a=1; HttpOnly", Request));
        jar.SetFromTarget("sid=secret; Path=/; HttpOnly", Request);
        Assert.False(jar.SetFromScript("sid=mine; path=/", Request));
        Assert.False(jar.SetFromScript("sid=; path=/; max-age=0", Request));
        Assert.True(jar.SetFromScript("b=2; path=/", Request));
        Assert.Equal("sid=secret; b=2", jar.GetHeader(Request));
    }

    [Fact]
    public void Domain_NamingTheVisitorsHost_MeansTheTarget()
    {
        var jar = new CookieJar(TimeProvider.System);
        jar.SetFromTarget("a=1; Path=/; Domain=3fdw.peerproxy.dev", Request with { Alias = "3fdw.peerproxy.dev" });
        Assert.Equal("a=1", jar.GetHeader(Request));
    }

    [Fact]
    public void Limits_EvictTheLeastUsed()
    {
        var jar = new CookieJar(TimeProvider.System);
        for (var i = 0; i < CookieJar.MaxPerDomain + 20; i++)
        {
            jar.SetFromTarget($"c{i}=1; Path=/", Request);
        }

        Assert.Equal(CookieJar.MaxPerDomain, jar.Count);
        jar.SetFromTarget("big=" + new string('x', SetCookieParser.MaxNameAndValueBytes), Request);
        Assert.Equal(CookieJar.MaxPerDomain, jar.Count);
    }

    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", 1994, 11, 6, 8, 49, 37)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 1994, 11, 6, 8, 49, 37)]
    [InlineData("Sun Nov  6 08:49:37 1994", 1994, 11, 6, 8, 49, 37)]
    [InlineData("1-jan-2030 1:2:3", 2030, 1, 1, 1, 2, 3)]
    public void Date_UsualForms_AreRead(string text, int year, int month, int day, int hour, int minute, int second) =>
        Assert.Equal(new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero), CookieDate.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("tomorrow")]
    [InlineData("31 Feb 2030 00:00:00")]
    [InlineData("1 Jan 2030 24:00:00")]
    [InlineData("1 Jan 1600 00:00:00")]
    [InlineData("1 Jan 2030")]
    public void Date_Others_AreNot(string text) => Assert.Null(CookieDate.Parse(text));
}
