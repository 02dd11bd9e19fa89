using System.IO.Compression;
using System.Net;
using System.Text.Json;

namespace PeerProxy.Tests.Functional.Edge;

/// <summary>How the client's own files are served below <c>/.peerproxy/</c>.</summary>
[Trait("Category", "Functional")]
public sealed class ClientFilesTests(EdgeFixture edge) : IClassFixture<EdgeFixture>
{
    private const string Peer = "3fdw.peers.test";
    private const string Script = "/.peerproxy/protocol/frames.js";

    [Fact]
    public async Task Script_HasTypeAndValidator_AndRevalidates()
    {
        using var first = await edge.SendAsync(Peer, Script);
        using var second = await edge.SendAsync(Peer, Script, null, "If-None-Match", first.Headers.ETag!.ToString());

        Assert.Equal("text/javascript; charset=utf-8", first.Content.Headers.ContentType!.ToString());
        Assert.True(first.Headers.CacheControl!.NoCache);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task VersionInUrl_MakesItImmutable_OnlyIfItIsTheRightOne()
    {
        using var plain = await edge.SendAsync(Peer, Script);
        var version = plain.Headers.ETag!.Tag.Trim('"');
        using var right = await edge.SendAsync(Peer, $"{Script}?v={version}");
        using var wrong = await edge.SendAsync(Peer, $"{Script}?v=0123456789abcdef");

        Assert.Contains("immutable", right.Headers.CacheControl!.ToString());
        Assert.True(wrong.Headers.CacheControl!.NoCache);
    }

    [Fact]
    public async Task Manifest_ListsWhatAVisitorKeeps()
    {
        using var response = await edge.SendAsync(Peer, "/.peerproxy/manifest.json");
        using var manifest = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var files = manifest.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetString()!).ToArray();

        Assert.Matches("^[0-9a-f]{16}$", manifest.RootElement.GetProperty("version").GetString());
        Assert.Contains("shell/index.html", files);
        Assert.Contains("shell/main.js", files);
        Assert.DoesNotContain(files, file => file.EndsWith(".map", StringComparison.Ordinal) || file.StartsWith("service-worker/", StringComparison.Ordinal));
        foreach (var file in files)
        {
            using var listed = await edge.SendAsync(Peer, $"/.peerproxy/{file}");
            Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        }
    }

    [Theory]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("identity", null)]
    public async Task Script_IsSentInTheBestAcceptedCoding(string accept, string? coding)
    {
        using var plain = await edge.SendAsync(Peer, Script);
        using var response = await edge.SendAsync(Peer, Script, null, "Accept-Encoding", accept);

        Assert.Equal(coding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        var body = await response.Content.ReadAsStreamAsync();
        await using var decoded = coding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        Assert.Equal(await plain.Content.ReadAsStringAsync(), await new StreamReader(decoded).ReadToEndAsync());
    }

    [Fact]
    public async Task ServiceWorkerScript_MayClaimTheOrigin_AndOthersMayNot()
    {
        using var worker = await edge.SendAsync(Peer, "/.peerproxy/service-worker/main.js", null, "Service-Worker", "script");
        using var other = await edge.SendAsync(Peer, Script);

        Assert.Equal(HttpStatusCode.OK, worker.StatusCode);
        Assert.Equal("/", Assert.Single(worker.Headers.GetValues("Service-Worker-Allowed")));
        Assert.False(other.Headers.Contains("Service-Worker-Allowed"));
    }

    [Fact]
    public async Task Shell_AnnouncesItsStaticModuleGraph()
    {
        using var response = await edge.SendAsync(Peer, "/", null, "Sec-Fetch-Dest", "document");

        var links = string.Join(", ", response.Headers.GetValues("Link"));
        Assert.Equal(
            "</.peerproxy/shell/main.js>; rel=modulepreload, </.peerproxy/protocol/frames.js>; rel=modulepreload, </.peerproxy/shell/view.js>; rel=modulepreload",
            links);
    }

    [Theory]
    [InlineData("/.peerproxy/nothing.js")]
    [InlineData("/.peerproxy/")]
    [InlineData("/.peerproxy/shell/")]
    [InlineData("/.peerproxy/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/.peerproxy/..%2f..%2fetc/passwd")]
    [InlineData("/.peerproxy//etc/passwd")]
    public async Task UnknownOrCraftedPath_IsNotFound(string path)
    {
        using var response = await edge.SendAsync(Peer, path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Head_SendsLengthWithoutBody()
    {
        using var response = await edge.SendAsync(Peer, Script, HttpMethod.Head);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Content.Headers.ContentLength > 4000);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }
}
