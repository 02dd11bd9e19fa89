using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Site;

/// <summary>Answers that are special by status, fields or timing; what was asked, echoed or recorded.</summary>
internal static class SiteAnswers
{
    private static readonly string[] _methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    public static void Map(IEndpointRouteBuilder app, CompatibilitySite site)
    {
        app.MapMethods("/echo/{**rest}", _methods, context => LabAnswers.EchoAsync(context, Encoding.Latin1));
        app.MapMethods("/answer/{code:int}", _methods, AnswerAsync);
        app.MapMethods("/redirect/{code:int}", _methods, (HttpContext context, int code, string to) =>
        {
            context.Response.StatusCode = code;
            context.Response.Headers.Location = to.Replace("{target}", $"{context.Request.Scheme}://{context.Request.Host}", StringComparison.Ordinal);
        });
        app.MapGet("/redirect-loop", (HttpContext context) => Results.Redirect("/redirect-loop"));
        app.MapGet("/fields", (HttpContext context) =>
        {
            context.Response.Headers["X-Once"] = "one";
            context.Response.Headers["X-Twice"] = new(["first", "second"]);
            context.Response.Headers.Link = new(["</a>; rel=x", "</b>; rel=y"]);
            context.Response.Headers["Keep-Alive"] = "timeout=5";
            context.Response.Headers["X-Latin"] = "grün";
            context.Response.Headers["Server-Timing"] = "lab;dur=5";
            return Results.Text("fields");
        });
        // ?h=Name:value once for each field.
        app.MapMethods("/with-fields/{**rest}", _methods, (HttpContext context, string? type, string? body) =>
        {
            foreach (var line in context.Request.Query["h"])
            {
                var colon = line!.IndexOf(':', StringComparison.Ordinal);
                context.Response.Headers.Append(line[..colon], line[(colon + 1)..].Replace("{target}", $"{context.Request.Scheme}://{context.Request.Host}", StringComparison.Ordinal));
            }

            return Results.Text(body ?? "with fields", type ?? "text/plain");
        });
        app.MapMethods("/record/{key}", _methods, async (HttpContext context, string key) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            site.Record(key, $"{context.Request.Method} {context.Request.ContentType?.Split(';')[0]} {body}".Trim());
        });
        app.MapGet("/records/{key}", (string key) => Results.Json(site.Records.TryGetValue(key, out var lines) ? lines.ToArray() : []));
        app.MapGet("/compressed/{coding}", CompressedAsync);
        app.MapGet("/early-hints", EarlyHintsAsync);
        app.MapGet("/drop/{when}", DropAsync);
        app.MapGet("/hang/{key}", async (HttpContext context, string key) =>
        {
            site.Record(key, "started");
            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = context.RequestAborted.Register(() => gone.TrySetResult());
            await gone.Task;
            site.Record(key, "aborted");
        });
        app.MapGet("/slow/{milliseconds:int}", async (HttpContext context, int milliseconds) =>
        {
            await Task.Delay(milliseconds, context.RequestAborted);
            return Results.Text("slow");
        });
        MapCached(app, site);
    }

    /// <summary>What the cache cases ask for: ?cc= is Cache-Control, ?etag= and ?modified= validators, ?vary= a field name; each request is recorded.</summary>
    private static void MapCached(IEndpointRouteBuilder app, CompatibilitySite site)
    {
        var counts = new ConcurrentDictionary<string, int>();
        app.MapMethods("/cached/{key}", ["GET", "POST"], (HttpContext context, string key, string? cc, string? etag, string? vary, string? expires) =>
        {
            var count = counts.AddOrUpdate(key, 1, (_, value) => value + 1);
            site.Record(key, $"{context.Request.Method} {context.Request.Headers.IfNoneMatch}".Trim());
            if (cc is not null)
            {
                context.Response.Headers.CacheControl = cc;
            }

            if (vary is not null)
            {
                context.Response.Headers.Vary = vary;
            }

            if (expires is not null)
            {
                context.Response.Headers.Expires = DateTimeOffset.UtcNow.AddSeconds(int.Parse(expires, System.Globalization.CultureInfo.InvariantCulture)).ToString("R");
            }

            if (etag is not null)
            {
                context.Response.Headers.ETag = $"\"{etag}\"";
                if (context.Request.Headers.IfNoneMatch == $"\"{etag}\"")
                {
                    return Results.StatusCode(304);
                }
            }

            return Results.Text($"body {count}");
        });
    }

    private static async Task AnswerAsync(HttpContext context, int code, string? reason)
    {
        context.Response.StatusCode = code;
        if (reason is not null)
        {
            context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = reason;
        }

        if (code is not (204 or 205 or 304) && !HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.WriteAsync($"answer {code}");
        }
    }

    private static async Task CompressedAsync(HttpContext context, string coding, string? type)
    {
        var plain = Encoding.UTF8.GetBytes(type == "text/javascript" ? "window.compressedRan = true" : type == "text/css" ? "#here { color: rgb(4, 5, 6) }" : string.Concat(Enumerable.Range(0, 2000).Select(i => $"line {i}\n")));
        context.Response.ContentType = type ?? "text/plain; charset=utf-8";
        context.Response.Headers.ContentEncoding = coding;
        using var buffer = new MemoryStream();
        await using (Stream packed = coding switch
        {
            "gzip" => new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(buffer, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(buffer, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            await packed.WriteAsync(plain);
        }

        context.Response.ContentLength = buffer.Length;
        await context.Response.Body.WriteAsync(buffer.ToArray());
    }

    /// <summary>A 103 before the 200: written on the connection, since Kestrel sends no interim responses of its own.</summary>
    private static async Task EarlyHintsAsync(HttpContext context)
    {
        await WriteRawAsync(context, "HTTP/1.1 103 Early Hints\r\nLink: </pages/ran.js>; rel=preload; as=script\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 10\r\n\r\nafter 103!");
    }

    private static async Task DropAsync(HttpContext context, string when)
    {
        if (when == "mid-body")
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("a part of it");
            await context.Response.Body.FlushAsync();
            // Until the client has read it: an abort throws away what is still on its way.
            await Task.Delay(300);
        }

        context.Abort();
    }

    private static async Task WriteRawAsync(HttpContext context, string text)
    {
        var transport = context.Features.Get<IConnectionTransportFeature>()!.Transport;
        await transport.Output.WriteAsync(Encoding.ASCII.GetBytes(text));
        // Kestrel must not add an answer of its own behind what was written: the client closes, being told so.
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.RequestAborted.Register(() => gone.TrySetResult());
        await gone.Task;
    }
}
