using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Site;

/// <summary>Server-sent events that end, so that pages reconnect; and chunks at a pace.</summary>
internal static class SiteEvents
{
    public static void Map(IEndpointRouteBuilder app, CompatibilitySite site)
    {
        // Two events a connection, numbered on from Last-Event-ID; 204 after six ends it for good.
        app.MapGet("/events/resumed/{key}", async (HttpContext context, string key) =>
        {
            var last = context.Request.Headers["Last-Event-ID"].ToString();
            site.Record(key, $"connected after '{last}'");
            var number = last.Length == 0 ? 0 : int.Parse(last, CultureInfo.InvariantCulture);
            if (number >= 6)
            {
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync($"retry: 50\n\nid: {number + 1}\ndata: event {number + 1}\n\nid: {number + 2}\ndata: event {number + 2}\n\n");
        });
        app.MapGet("/events/fields", (HttpContext context) =>
        {
            var fields = context.Request.Headers;
            return Results.Text($"data: {fields.Accept} | {fields.CacheControl} | {fields["Sec-Fetch-Dest"]} | {fields["Sec-Fetch-Mode"]}\n\n", "text/event-stream");
        });
        app.MapGet("/events/text", async (HttpContext context, string body, string? type, int? status) =>
        {
            context.Response.StatusCode = status ?? 200;
            context.Response.ContentType = type ?? "text/event-stream; charset=utf-8";
            await context.Response.WriteAsync("retry: 100000\n\n" + body);
            await context.Response.Body.FlushAsync();
        });
        app.MapGet("/stepped/{key}", async (HttpContext context, string key) =>
        {
            context.Response.ContentType = "text/plain";
            for (var i = 0; i < 5; i++)
            {
                await context.Response.WriteAsync($"chunk {i};", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                while (!site.Records.TryGetValue(key, out var read) || read.Count <= i)
                {
                    await Task.Delay(5, context.RequestAborted);
                }
            }
        });
        app.MapGet("/chunks/{count:int}/{milliseconds:int}", async (HttpContext context, int count, int milliseconds, string? type) =>
        {
            context.Response.ContentType = type ?? "application/x-lab";
            for (var i = 0; i < count; i++)
            {
                await context.Response.WriteAsync($"chunk {i};", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(milliseconds, context.RequestAborted);
            }
        });
    }
}
