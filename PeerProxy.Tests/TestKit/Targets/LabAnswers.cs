using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Answers that are special by status or header rather than by body.</summary>
internal static class LabAnswers
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods("/status/{code:int}", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"], AnswerStatusAsync);
        app.MapMethods("/redirect/{code:int}", ["GET", "HEAD", "POST"], (HttpContext context, int code, string to) =>
        {
            context.Response.StatusCode = code;
            context.Response.Headers.Location = to;
        });
        app.MapGet("/redirect-chain/{left:int}", (int left) => Results.Redirect(left > 0 ? $"../redirect-chain/{left - 1}" : "/pages/1"));
        app.MapGet("/redirect-absolute", (HttpContext context) => Results.Redirect($"{context.Request.Scheme}://{context.Request.Host}/pages/2?from=absolute"));
        app.MapMethods("/echo", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], context => EchoAsync(context, Encoding.UTF8));
        app.MapGet("/etag", (HttpContext context) =>
        {
            const string Tag = "\"lab-1\"";
            context.Response.Headers.ETag = Tag;
            context.Response.Headers.CacheControl = "no-cache";
            return context.Request.Headers.IfNoneMatch.ToString() == Tag ? Results.StatusCode(304) : Results.Text("tagged");
        });
        app.MapGet("/gzip", async (HttpContext context) =>
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(GzipText));
        });
        app.MapGet("/repeated-headers", (HttpContext context) =>
        {
            context.Response.Headers.Append("X-Lab", new(["one", "two"]));
            context.Response.Headers.Link = new(["</a>; rel=x", "</b>; rel=y"]);
            return Results.Text("ok");
        });
    }

    /// <summary>What <c>/gzip</c> holds after decoding.</summary>
    public static string GzipText { get; } = string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i} of a text that compresses well\n"));

    /// <summary>Tells in JSON what has arrived: method, path, query, fields and the body.</summary>
    public static async Task EchoAsync(HttpContext context, Encoding bodyEncoding)
    {
        using var reader = new StreamReader(context.Request.Body, bodyEncoding);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(new
        {
            method = context.Request.Method,
            path = context.Request.Path.Value,
            query = context.Request.QueryString.Value,
            headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
            body,
        });
    }

    private static async Task AnswerStatusAsync(HttpContext context, int code)
    {
        context.Response.StatusCode = code;
        context.Response.Headers["X-Lab-Method"] = context.Request.Method;
        if (code is not (204 or 205 or 304) && !HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.WriteAsync($"status {code}");
        }
    }
}
