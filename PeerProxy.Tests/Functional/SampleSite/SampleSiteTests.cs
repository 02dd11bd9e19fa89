using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using PeerProxy.SampleSite;
using PeerProxy.Tests.Functional.Edge;

namespace PeerProxy.Tests.Functional.SampleSite;

/// <summary>The demo site by itself: other tests rely on what it claims.</summary>
[Trait("Category", "Functional")]
public sealed class SampleSiteTests : IAsyncLifetime
{
    private readonly WebApplication _site = SampleSiteApp.Build(["--urls", "http://127.0.0.1:0"], builder => builder.Logging.ClearProviders());
    private HttpClient _http = new();

    public async ValueTask InitializeAsync()
    {
        await _site.StartAsync();
        _http = new HttpClient { BaseAddress = EdgeFixture.AddressOf(_site) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _site.DisposeAsync();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/about")]
    [InlineData("/gallery")]
    [InlineData("/live")]
    [InlineData("/listen")]
    [InlineData("/files")]
    [InlineData("/guestbook")]
    [InlineData("/members")]
    [InlineData("/lab")]
    public async Task Page_HasNoUnfilledMark(string path)
    {
        var page = await _http.GetStringAsync(path);

        Assert.StartsWith("<!doctype html>", page);
        Assert.DoesNotContain("{{", page);
    }

    [Fact]
    public async Task Download_HasTheHashThatThePageShows()
    {
        var page = await _http.GetStringAsync("/files");
        var file = await _http.GetByteArrayAsync("/files/tideline.bin");

        Assert.Equal(20_000_000, file.Length);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(file)), page);
    }

    [Fact]
    public async Task Range_GivesTheSameBytesAsTheWhole()
    {
        var whole = await _http.GetByteArrayAsync("/lab/bytes/200000?seed=3");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/lab/bytes/200000?seed=3") { Headers = { Range = new RangeHeaderValue(65_531, 140_003) } };
        using var response = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(whole[65_531..140_004], await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(whole)), Assert.Single(response.Headers.GetValues("X-Sha256")));
    }

    [Fact]
    public async Task GuestbookEntry_IsShownEncoded()
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = "Ann", ["text"] = "<b>hello</b>" });

        using var response = await _http.PostAsync("/guestbook", form);

        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains("&lt;b&gt;hello&lt;/b&gt;", page);
        Assert.DoesNotContain("<b>hello</b>", page);
    }

    [Fact]
    public async Task Upload_IsHashed()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(content), "file", "shell.bin" }, { new StringContent("from the beach"), "note" } };

        using var response = await _http.PostAsync("/files/upload", form);

        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(content)), page);
        Assert.Contains("from the beach", page);
    }

    [Fact]
    public async Task SignIn_OpensTheMembersPage_ByACookieThatScriptsCannotRead()
    {
        var jar = new CookieContainer();
        using var handler = new SocketsHttpHandler { CookieContainer = jar };
        using var browser = new HttpClient(handler) { BaseAddress = _http.BaseAddress };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = "Ann", ["password"] = "seashell" });

        using var response = await browser.PostAsync("/members/sign-in", form);

        Assert.Contains("Welcome, Ann", await response.Content.ReadAsStringAsync());
        Assert.True(jar.GetCookies(browser.BaseAddress!)["tideline-session"]!.HttpOnly);
        Assert.False(jar.GetCookies(browser.BaseAddress!)["tideline-visits"]!.HttpOnly);
    }

    [Fact]
    public async Task EventStream_GoesOnWhereTheLastEventIdSays()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/live/clock?interval=0.05") { Headers = { { "Last-Event-ID", "41" } } };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);

        var lines = new List<string>();
        while (!lines.Contains("id: 42"))
        {
            lines.Add((await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)))!);
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task DroppedBody_IsAnError()
    {
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.GetStringAsync("/lab/drop/5000"));
    }
}
