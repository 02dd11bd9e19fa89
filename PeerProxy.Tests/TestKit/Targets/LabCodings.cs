using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ZstdSharp;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Bodies in every content coding, sent whether the client asked for it or not.</summary>
internal static class LabCodings
{
    /// <summary>What every coded body says.</summary>
    public static string Text { get; } = string.Concat(Enumerable.Range(0, 4000).Select(line => $"line {line} of a body that compresses well\n"));

    /// <summary>
    /// <c>/coded/{codings}</c>: the text in these codings, applied in this order, which the response's field names; <c>raw-deflate</c> is the bare data under the name
    /// <c>deflate</c>. With <c>?cut</c> the second half is missing, and the length fits what is left.
    /// </summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/coded/{codings}", async (HttpContext context, string codings) =>
    {
        var body = Encode(Encoding.UTF8.GetBytes(Text), codings);
        if (context.Request.Query.ContainsKey("cut"))
        {
            body = body[..(body.Length / 2)];
        }

        context.Response.ContentType = "text/plain";
        context.Response.Headers.ContentEncoding = FieldValue(codings);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    });

    /// <summary>The Content-Encoding for these codings.</summary>
    public static string FieldValue(string codings) => codings.Replace("raw-deflate", "deflate", StringComparison.Ordinal);

    public static byte[] Encode(byte[] body, string codings)
    {
        foreach (var coding in codings.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            using var coded = new MemoryStream();
            Stream? encoder = coding switch
            {
                "gzip" or "x-gzip" => new GZipStream(coded, CompressionLevel.Fastest),
                "deflate" => new ZLibStream(coded, CompressionLevel.Fastest),
                "raw-deflate" => new DeflateStream(coded, CompressionLevel.Fastest),
                "br" => new BrotliStream(coded, CompressionLevel.Fastest),
                "zstd" => new CompressionStream(coded),
                _ => null,
            };
            if (encoder is null)
            {
                // A coding nobody knows, and identity: the bytes as they are.
                continue;
            }

            using (encoder)
            {
                encoder.Write(body);
            }

            body = coded.ToArray();
        }

        return body;
    }
}
