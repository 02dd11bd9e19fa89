using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Bench.Stack;

/// <summary>The web server that is shared: bodies of any size, uploads that are counted and thrown away.</summary>
public sealed class BenchTarget : IAsyncDisposable
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Random once, so that nothing on the way can compress it.</summary>
    private static readonly byte[] _chunk = MakeChunk();

    private readonly WebApplication _app;

    private BenchTarget(WebApplication app) => _app = app;

    /// <summary>Ends with a slash.</summary>
    public Uri Url { get; private set; } = null!;

    /// <param name="url">Where it listens; port 0 takes a free one.</param>
    public static async Task<BenchTarget> StartAsync(string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url).ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        app.MapGet("/", () => Results.Content("<!doctype html><title>bench</title><p>bench", "text/html"));
        app.MapGet("/bytes/{length:long}", SendAsync);
        app.MapPost("/upload", ReceiveAsync);
        await app.StartAsync();
        return new BenchTarget(app) { Url = new Uri(app.Urls.First() + "/") };
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task SendAsync(HttpContext context, long length)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = length;
        context.Response.Headers.CacheControl = "no-store";
        for (long sent = 0; sent < length; sent += ChunkBytes)
        {
            await context.Response.Body.WriteAsync(_chunk.AsMemory(0, (int)Math.Min(ChunkBytes, length - sent)), context.RequestAborted);
        }
    }

    private static async Task ReceiveAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        long length = 0;
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
            length += read.Buffer.Length;
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await context.Response.WriteAsync(length.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static byte[] MakeChunk()
    {
        var chunk = new byte[ChunkBytes];
        new Random(1).NextBytes(chunk);
        return chunk;
    }
}
