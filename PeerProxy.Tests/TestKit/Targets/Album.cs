using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary><c>/album/ID?n=N</c>: a page of N parts (styles, scripts, images) of four kinds of cacheability. Its scripts count themselves in <c>window.ran</c>.</summary>
public static class Album
{
    private static readonly byte[] _pixel = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
    private static readonly string[] _kinds = ["aged", "immutable", "validated", "heuristic"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/album/{id}", Page);
        routes.MapGet("/album/{id}/{kind}/{file}", PartAsync);
    }

    private static IResult Page(HttpContext context, string id, int n)
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
