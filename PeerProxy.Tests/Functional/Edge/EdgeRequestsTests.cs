using System.Net;

namespace PeerProxy.Tests.Functional.Edge;

/// <summary>Which request gets what: shell, refusal, landing page or health.</summary>
[Trait("Category", "Functional")]
public sealed class EdgeRequestsTests(EdgeFixture edge) : IClassFixture<EdgeFixture>
{
    private const string Peer = "3fdw.peers.test";
    private const string ShellMark = "The shell";

    [Theory]
    [InlineData("/")]
    [InlineData("/deep/link?with=query")]
    [InlineData("/health")]
    [InlineData("/favicon.ico")]
    public async Task Document_OnPeerHost_GetsShellWithStrictHeaders(string path)
    {
        using var response = await edge.SendAsync(Peer, path, null, "Sec-Fetch-Dest", "document");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(ShellMark, await response.Content.ReadAsStringAsync());
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(response.Headers.Contains("Referrer-Policy"));
        Assert.True(response.Headers.CacheControl!.NoCache);
        Assert.NotNull(response.Headers.ETag);
        Assert.Contains("Sec-Fetch-Dest", string.Join(',', response.Headers.Vary));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Document_WithoutFetchMetadata_IsRecognisedByAccept()
    {
        using var page = await edge.SendAsync(Peer, "/", null, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        using var other = await edge.SendAsync(Peer, "/", null, "Accept", "*/*");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Theory]
    [InlineData("image")]
    [InlineData("script")]
    [InlineData("iframe")]
    [InlineData("empty")]
    [InlineData("worker")]
    [InlineData("object")]
    [InlineData("unheard-of")]
    public async Task OtherDestination_OnPeerHost_NeverGetsShell(string destination)
    {
        using var response = await edge.SendAsync(Peer, "/", null, "Sec-Fetch-Dest", destination, "Accept", "text/html");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.DoesNotContain(ShellMark, await response.Content.ReadAsStringAsync());
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    /// <summary>The shell tells it from a document of the site by this mark.</summary>
    [Fact]
    public async Task Frame_OnPeerHost_GetsAPageMarkedAsOurs()
    {
        using var response = await edge.SendAsync(Peer, "/", null, "Sec-Fetch-Dest", "iframe");

        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<main class=\"screen\" data-kind=\"error\">", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ForeignServiceWorkerScript_IsForbidden()
    {
        using var response = await edge.SendAsync(Peer, "/sw.js", null, "Service-Worker", "script", "Sec-Fetch-Dest", "serviceworker");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task FormPostAsDocument_IsNotAnsweredWithTheShell()
    {
        using var response = await edge.SendAsync(Peer, "/form", HttpMethod.Post, "Sec-Fetch-Dest", "document");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData("abc.peers.test")]
    [InlineData("a.b1234.peers.test")]
    [InlineData("-abcd.peers.test")]
    [InlineData("turn.peers.test")]
    [InlineData("v-12345.peers.test")]
    public async Task ImpossibleName_IsNotFound(string host)
    {
        using var response = await edge.SendAsync(host, "/", null, "Sec-Fetch-Dest", "document");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.DoesNotContain(ShellMark, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("peers.test:8443", "http://peers.test:8443")]
    [InlineData("www.peers.test", "http://www.peers.test")]
    [InlineData("127.0.0.1", "http://127.0.0.1")]
    public async Task Apex_ShowsLandingPageWithItsOwnUrl(string host, string url)
    {
        using var response = await edge.SendAsync(host, "/", null, "Sec-Fetch-Dest", "document");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("--server " + url, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/health", HttpStatusCode.OK)]
    [InlineData("/alive", HttpStatusCode.OK)]
    [InlineData("/anything", HttpStatusCode.NotFound)]
    public async Task Apex_HasHealthAndNothingElse(string path, HttpStatusCode expected)
    {
        using var response = await edge.SendAsync("peers.test", path);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Health_OnPeerHost_BelongsToTheSite()
    {
        using var response = await edge.SendAsync(Peer, "/health");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task OversizedUrlAndFields_AreRefused()
    {
        using var url = await edge.SendAsync(Peer, "/" + new string('a', 10_000), null, "Sec-Fetch-Dest", "document");
        using var fields = await edge.SendAsync(Peer, "/", null, "X-Large", new string('a', 40_000));

        Assert.Equal(HttpStatusCode.RequestUriTooLong, url.StatusCode);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, fields.StatusCode);
    }
}
