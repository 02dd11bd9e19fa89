using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>
/// A site whose responses are made to be cached, or not. <c>/made/NAME</c> answers with what the query says and with the number of the full response as its body;
/// <c>/album/ID?n=N</c> is a page of N parts of four kinds of cacheability.
/// </summary>
public sealed class CacheSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _paths = new();
    private readonly ConcurrentDictionary<string, int> _made = new();

    private CacheSite(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>How many requests came for paths that begin with this.</summary>
    public int Count(string prefix) => Paths(prefix).Count;

    /// <summary>The requested paths that begin with this, in their order.</summary>
    public IReadOnlyList<string> Paths(string prefix) => [.. _paths.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))];

    public static async Task<CacheSite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var site = new CacheSite(app);
        app.Use(site.RecordAsync);
        app.MapGet("/", () => Results.Content("<!doctype html><meta charset=utf-8><title>start</title><link rel=icon href=data:,><p id=here>start</p>", "text/html; charset=utf-8"));
        app.MapGet("/count", (HttpContext context, string prefix) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return site.Count(prefix).ToString(CultureInfo.InvariantCulture);
        });
        app.Map("/made/{name}", site.MadeAsync);
        app.MapGet("/endless/{name}", site.EndlessAsync);
        Album.Map(app);
        await app.StartAsync();
        site.Url = new Uri(app.Urls.First() + "/");
        return site;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        _paths.Enqueue(context.Request.Path.Value ?? "");
        return next(context);
    }

    /// <summary>Query: cc (Cache-Control), etag, modified, vary, status, location, cookie, clear, gzip, size (padding of the body).</summary>
    private async Task MadeAsync(HttpContext context, string name)
    {
        var query = context.Request.Query;
        var response = context.Response;
        void Set(string field, string parameter, string format = "{0}")
        {
            if (query[parameter].ToString() is { Length: > 0 } value)
            {
                response.Headers[field] = string.Format(CultureInfo.InvariantCulture, format, value);
            }
        }

        Set("Cache-Control", "cc");
        Set("ETag", "etag", "\"{0}\"");
        Set("Last-Modified", "modified");
        Set("Vary", "vary");
        Set("Location", "location");
        Set("Set-Cookie", "cookie");
        Set("Clear-Site-Data", "clear", "\"{0}\"");
        response.ContentType = "text/plain";
        var matches = response.Headers.ETag.ToString() is { Length: > 0 } tag
            ? context.Request.Headers.IfNoneMatch == tag
            : response.Headers.LastModified.ToString() is { Length: > 0 } date && context.Request.Headers.IfModifiedSince == date;
        if (matches)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var number = _made.AddOrUpdate(name, 1, (_, before) => before + 1);
        response.StatusCode = int.TryParse(query["status"], CultureInfo.InvariantCulture, out var status) ? status : StatusCodes.Status200OK;
        var text = $"{number}{(query.ContainsKey("echo") ? $" {context.Request.Headers[query["echo"].ToString()]}" : "")}";
        var body = Encoding.UTF8.GetBytes(text.PadRight(int.TryParse(query["size"], CultureInfo.InvariantCulture, out var size) ? size : 0, '.'));
        if (query.ContainsKey("gzip"))
        {
            response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(response.Body, CompressionLevel.Fastest);
            await gzip.WriteAsync(body);
            return;
        }

        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body);
        }
    }

    /// <summary>A cacheable body that ends when its reader goes.</summary>
    private async Task EndlessAsync(HttpContext context, string name)
    {
        _made.AddOrUpdate(name, 1, (_, before) => before + 1);
        context.Response.Headers.CacheControl = "max-age=600";
        context.Response.ContentType = "application/octet-stream";
        var chunk = new byte[64 * 1024];
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            await Task.Delay(TimeSpan.FromMilliseconds(20), context.RequestAborted);
        }
    }
}
