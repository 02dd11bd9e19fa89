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
    private static readonly byte[] _pixel = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

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
        app.MapGet("/album/{id}", Album);
        app.MapGet("/album/{id}/{kind}/{file}", PartAsync);
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

    private static readonly string[] _kinds = ["aged", "immutable", "validated", "heuristic"];

    private static IResult Album(HttpContext context, string id, int n)
    {
        context.Response.Headers.CacheControl = context.Request.Query["cc"] is [{ } cc] ? cc : "no-cache";
        var tag = $"\"{id}-{n}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        var kinds = context.Request.Query["kinds"] is [{ } some] ? some.Split(',') : _kinds;
        var page = new StringBuilder($"<!doctype html><meta charset=utf-8><title>{id}</title><link rel=icon href=data:,>");
        for (var i = 0; i < n; i++)
        {
            var path = $"/album/{id}/{kinds[i / 3 % kinds.Length]}/{i}";
            page.Append((i % 3) switch
            {
                0 => $"<link rel=stylesheet href={path}.css>",
                1 => $"<script src={path}.js></script>",
                _ => $"<img src={path}.png>",
            });
        }

        return Results.Content(page.Append("<p id=here>album</p>").ToString(), "text/html; charset=utf-8");
    }

    private static async Task PartAsync(HttpContext context, string id, string kind, string file)
    {
        var response = context.Response;
        switch (kind)
        {
            case "aged":
                response.Headers.CacheControl = "max-age=3600";
                response.Headers.ETag = $"\"{file}\"";
                break;
            case "immutable":
                response.Headers.CacheControl = "max-age=31536000, immutable";
                response.Headers.ETag = $"\"{file}\"";
                break;
            case "validated":
                response.Headers.CacheControl = "no-cache";
                response.Headers.ETag = $"\"{file}\"";
                break;
            default:
                response.Headers.LastModified = "Wed, 01 Jan 2020 00:00:00 GMT";
                break;
        }

        if (context.Request.Headers.IfNoneMatch.Count > 0 || context.Request.Headers.IfModifiedSince.Count > 0)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (type, body) = Path.GetExtension(file) switch
        {
            ".css" => ("text/css", Encoding.UTF8.GetBytes($".c{id}{{color:red}}" + new string(' ', 4_000))),
            ".js" => ("text/javascript", Encoding.UTF8.GetBytes("window.ran=(window.ran??0)+1;" + new string(' ', 8_000))),
            _ => ("image/png", _pixel),
        };
        response.ContentType = type;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }
}
