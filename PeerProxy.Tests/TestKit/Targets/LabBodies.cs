using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Large bodies in both directions, and media with ranges.</summary>
internal static class LabBodies
{
    private const int ChunkBytes = 64 * 1024;
    private static readonly byte[] _tone = LabMedia.Wav(seconds: 120);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods("/bytes/{length:long}", ["GET", "HEAD"], SendAsync);
        app.MapMethods("/upload", ["POST", "PUT"], ReceiveAsync);
        app.MapMethods("/media/tone.wav", ["GET", "HEAD"], () => Results.Bytes(_tone, "audio/wav", enableRangeProcessing: true));
        app.MapGet("/attachment/{name}", (string name, long? length) =>
        {
            var body = new byte[length ?? 100_000];
            LabBytes.Fill(body, 7, 0);
            return Results.File(body, "application/octet-stream", name);
        });
    }

    private static async Task SendAsync(HttpContext context, long length, int seed = 1, bool chunked = false)
    {
        var record = LabTarget.RecordOf(context);
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.CacheControl = "no-store";
        if (!chunked)
        {
            context.Response.ContentLength = length;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var buffer = new byte[ChunkBytes];
        for (long offset = 0; offset < length; offset += buffer.Length)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - offset));
            LabBytes.Fill(part.Span, seed, offset);
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
            record?.AddSent(part.Length);
        }
    }

    private static async Task ReceiveAsync(HttpContext context)
    {
        var record = LabTarget.RecordOf(context);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[ChunkBytes];
        long length = 0;
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            length += read;
            record?.AddReceived(read);
        }

        await context.Response.WriteAsJsonAsync(new { length, sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()), type = context.Request.ContentType });
    }
}
