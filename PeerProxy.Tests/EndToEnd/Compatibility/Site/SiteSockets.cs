using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Site;

/// <summary>WebSocket endpoints: echo, closes of every kind, a peer that does not read, refusals.</summary>
internal static class SiteSockets
{
    public static void Map(IEndpointRouteBuilder app, CompatibilitySite site)
    {
        app.MapGet("/socket/echo", (HttpContext context, string? choose, string? key) => ServeAsync(context, choose, async socket =>
        {
            try
            {
                await EchoAsync(socket, context.RequestAborted);
            }
            finally
            {
                // A page that goes away says so and hangs up: which of the two is met first is chance.
                site.Record(key, $"closed {(int?)socket.CloseStatus} {socket.CloseStatusDescription}".Trim());
            }
        }));
        app.MapGet("/socket/headers", (HttpContext context, string? set) =>
        {
            if (set is not null)
            {
                context.Response.Headers.SetCookie = set;
            }

            return ServeAsync(context, null, async socket =>
            {
                var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
                await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(headers), WebSocketMessageType.Text, true, context.RequestAborted);
                await EchoAsync(socket, context.RequestAborted);
            });
        });
        app.MapGet("/socket/close/{code:int}", (HttpContext context, int code, string? reason) => ServeAsync(context, null, async socket =>
        {
            await socket.SendAsync("last words"u8.ToArray(), WebSocketMessageType.Text, true, context.RequestAborted);
            await socket.CloseAsync((WebSocketCloseStatus)code, reason, context.RequestAborted);
        }));
        app.MapGet("/socket/drop", (HttpContext context) => ServeAsync(context, null, async socket =>
        {
            await socket.SendAsync("last words"u8.ToArray(), WebSocketMessageType.Text, true, context.RequestAborted);
            context.Abort();
        }));
        // Reads nothing until the page asks over HTTP, then everything, and says how much it was.
        app.MapGet("/socket/deaf/{key}", (HttpContext context, string key) => ServeAsync(context, null, async socket =>
        {
            while (!site.Records.ContainsKey(key))
            {
                await Task.Delay(20, context.RequestAborted);
            }

            var buffer = new byte[64 * 1024];
            long total = 0;
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                total += received.Count;
                if (received.MessageType == WebSocketMessageType.Text)
                {
                    await socket.SendAsync(Encoding.UTF8.GetBytes($"{total}"), WebSocketMessageType.Text, true, context.RequestAborted);
                }
                else if (received.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                    return;
                }
            }
        }));
        app.MapGet("/socket/burst/{count:int}/{size:int}", (HttpContext context, int count, int size) => ServeAsync(context, null, async socket =>
        {
            var message = new byte[size];
            for (var i = 0; i < count; i++)
            {
                message[0] = (byte)i;
                await socket.SendAsync(message, WebSocketMessageType.Binary, true, context.RequestAborted);
            }

            await EchoAsync(socket, context.RequestAborted);
        }));
        app.MapGet("/socket/refused/{code:int}", (int code) => Results.StatusCode(code));
    }

    private static async Task ServeAsync(HttpContext context, string? protocol, Func<WebSocket, Task> serve)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        try
        {
            await serve(socket);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ConnectionResetException)
        {
            // The page is gone: nobody is left to tell.
        }
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, cancellationToken);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, cancellationToken);
        }
    }
}
