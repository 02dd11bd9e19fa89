using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Responses that take their time: fed by the test, by a clock, or never ending.</summary>
internal static class LabStreams
{
    /// <summary>A type no browser wants to guess about: for text/plain and octet-stream Firefox waits for a kilobyte before it shows anything.</summary>
    private const string StreamType = "application/x-lab-stream";

    public static void Map(IEndpointRouteBuilder app, LabTarget lab)
    {
        app.MapGet("/fed", async (HttpContext context, string id, string? type) =>
        {
            context.Response.ContentType = type ?? StreamType;
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await foreach (var chunk in lab.FeedReader(id).ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(chunk, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
        app.MapGet("/events", async (HttpContext context, string id) =>
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.Body.FlushAsync(context.RequestAborted);
            var number = 0;
            await foreach (var text in lab.FeedReader(id).ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync($"id: {++number}\ndata: {text}\n\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
        // Never answers, or answers a head and a few bytes and then nothing, until the client goes away.
        app.MapMethods("/hang", [HttpMethods.Get, HttpMethods.Post], async (HttpContext context, bool? head) =>
        {
            if (head == true)
            {
                // Firefox answers a fetch only when the first bytes of the body are there.
                context.Response.ContentType = StreamType;
                await context.Response.WriteAsync("alive", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            await UntilAbortedAsync(context);
        });
        app.MapGet("/endless", async (HttpContext context) =>
        {
            var record = LabTarget.RecordOf(context);
            var chunk = new byte[16 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                record?.AddSent(chunk.Length);
            }
        });
        app.MapGet("/socket", EchoSocketAsync);
    }

    private static async Task UntilAbortedAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.RequestAborted.Register(() => gone.TrySetResult());
        await gone.Task;
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        var protocol = context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault();
        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, context.RequestAborted);
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ConnectionResetException)
        {
            // The client went away without a close frame; the record shows it as aborted.
        }
    }
}
