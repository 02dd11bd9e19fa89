using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.Tests.TestKit.Targets;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Functional.Agent;

/// <summary>Content codings on their way through the agent: gzip is left to the browser, the others are undone.</summary>
[Trait("Category", "Functional")]
public sealed class ContentCodingTests
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(LabCodings.Text);

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("x-gzip", "x-gzip")]
    [InlineData("identity", "identity")]
    [InlineData("br", null)]
    [InlineData("zstd", null)]
    [InlineData("deflate", null)]
    [InlineData("raw-deflate", null)]
    [InlineData("gzip, br", "gzip")]
    [InlineData("GZIP, BR", "gzip")]
    [InlineData("br, gzip", null)]
    [InlineData("gzip, gzip", "gzip")]
    [InlineData("deflate, zstd, br", null)]
    [InlineData("x-unknown", null)]
    [InlineData("br, br, br, br, br", null)]
    public async Task Body_Coded_ArrivesInWhatTheBrowserDecodes(string codings, string? left)
    {
        var isOurs = codings is not ("br, br, br, br, br" or "x-unknown");
        var coded = LabCodings.Encode(Body, codings.ToLowerInvariant());
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = LabCodings.FieldValue(codings);
            context.Response.ContentLength = coded.Length;
            context.Response.Headers.ETag = "\"1\"";
            await context.Response.Body.WriteAsync(coded);
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());

        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        var bytes = await ForwardingTests.BytesAsync(response);

        Assert.Equal(left == "identity" ? null : left, response["content-encoding"]);
        Assert.Equal("\"1\"", response["etag"]);
        Assert.Equal(!isOurs ? coded : left is "gzip" or "x-gzip" ? LabCodings.Encode(Body, "gzip") : Body, bytes);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("raw-deflate")]
    [InlineData("gzip, br")]
    public async Task Body_BrokenOffOrGarbled_IsTargetLost(string codings)
    {
        var whole = LabCodings.Encode(Body, codings);
        var garbled = (byte[])whole.Clone();
        // The encoder of zstd adds no checksum: only its frame is surely seen to be wrong.
        garbled.AsSpan(codings == "zstd" ? 0 : whole.Length / 3, 40).Fill(0xFF);
        foreach (var coded in new[] { whole[..^5], whole[..1], garbled })
        {
            await using var server = await KestrelTarget.StartAsync(async context =>
            {
                context.Response.Headers.ContentEncoding = LabCodings.FieldValue(codings);
                context.Response.ContentLength = coded.Length;
                await context.Response.Body.WriteAsync(coded);
            });
            await using var fixture = new ForwardingFixture(server.Address.ToString());

            var failure = await Assert.ThrowsAsync<TunnelStreamException>(async () =>
            {
                await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
                await ForwardingTests.BytesAsync(response);
            });

            Assert.Equal(TunnelErrorCode.TargetLost, failure.Code);
        }
    }

    [Theory]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    public async Task Stream_Coded_ArrivesAsTheTargetSendsIt(string coding)
    {
        var mayGoOn = new TaskCompletionSource();
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = coding;
            await using Stream encoder = coding switch
            {
                "br" => new BrotliStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
                "zstd" => new ZstdSharp.CompressionStream(context.Response.Body, leaveOpen: true),
                _ => new ZLibStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
            };
            await encoder.WriteAsync("first"u8.ToArray());
            await encoder.FlushAsync();
            await context.Response.Body.FlushAsync();
            await mayGoOn.Task;
            await encoder.WriteAsync(" second"u8.ToArray());
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        var start = new byte[5];

        await response.Body.ReadExactlyAsync(start).AsTask().WaitAsync(Deadline);
        mayGoOn.SetResult();

        Assert.Equal("first", Encoding.ASCII.GetString(start));
        Assert.Equal(" second", await ForwardingTests.TextAsync(response));
    }

    /// <summary>Without a body there is nothing to undo: the fields say what a GET would have said.</summary>
    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    public async Task NoBody_KeepsItsFields(string method, int status)
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync($"HTTP/1.1 {status} x\r\nContent-Encoding: br\r\nETag: \"1\"\r\nConnection: close\r\n\r\n");
        });
        await using var fixture = new ForwardingFixture(target.Address);
        await using var response = await fixture.Client.SendAsync(new TunnelRequest { Method = method }).WaitAsync(Deadline);
        Assert.Equal(status, response.Status);
        Assert.Equal("br", response["content-encoding"]);
        Assert.Equal("", await ForwardingTests.TextAsync(response));
    }

    /// <summary>A part of coded bytes cannot be decoded, so none is asked for.</summary>
    [Fact]
    public async Task Range_AsksForNoCoding()
    {
        string? asked = null;
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            asked = context.Request.Headers.AcceptEncoding;
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = "bytes 2-5/10";
            await context.Response.WriteAsync("2345");
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest { Fields = [new("range", "bytes=2-5")] }).WaitAsync(Deadline);
        Assert.Equal("2345", await ForwardingTests.TextAsync(response));
        Assert.Equal("identity", asked);
    }
}
