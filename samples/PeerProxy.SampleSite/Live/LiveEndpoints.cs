using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite.Live;

/// <summary>Things that arrive over time: server-sent events, a slow chunked response, a WebSocket chat.</summary>
internal static class LiveEndpoints
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromMilliseconds(450);

    private static readonly string[] Lines =
    [
        "The tide comes in by inches, not at once;",
        "each wave a little further up the sand,",
        "and what it brings it sets down as it comes,",
        "and nobody waits for the sea to finish.",
        "So let this page: a line, and then a line,",
        "the way a server writes them, one by one,",
        "and not a word held back until the end.",
    ];

    internal static void MapLive(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/live", () => Page.Show("live", "Live"));
        routes.MapGet("/live/clock", (HttpContext context, IHostApplicationLifetime lifetime, double? interval) =>
        {
            var first = long.TryParse(context.Request.Headers["Last-Event-ID"], CultureInfo.InvariantCulture, out var last) ? last + 1 : 1;
            var pause = TimeSpan.FromSeconds(Math.Clamp(interval ?? 1, 0.05, 60));
            return TypedResults.ServerSentEvents(TicksAsync(first, pause, lifetime.ApplicationStopping, context.RequestAborted));
        });
        routes.MapGet("/live/poem", async (HttpContext context, IHostApplicationLifetime lifetime) =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            context.Response.ContentType = "text/plain; charset=utf-8";
            foreach (var line in Lines)
            {
                await context.Response.WriteAsync(line + "\n", stop.Token);
                await context.Response.Body.FlushAsync(stop.Token);
                await Task.Delay(LineInterval, stop.Token);
            }
        });
        routes.Map("/live/chat", async (HttpContext context, ChatRoom room, IHostApplicationLifetime lifetime) =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await room.JoinAsync(socket, stop.Token);
        });
    }

    private static async IAsyncEnumerable<SseItem<string>> TicksAsync(
        long first, TimeSpan pause, CancellationToken stopping, [EnumeratorCancellation] CancellationToken aborted)
    {
        for (var id = first; !stopping.IsCancellationRequested && !aborted.IsCancellationRequested; id++)
        {
            yield return new SseItem<string>(DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture), "tick")
            {
                EventId = id.ToString(CultureInfo.InvariantCulture),
            };
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborted);
            await Task.Delay(pause, either.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }
}
