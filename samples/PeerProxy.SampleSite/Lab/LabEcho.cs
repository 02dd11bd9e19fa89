using System.Net.WebSockets;
using System.Security.Cryptography;

namespace PeerProxy.SampleSite.Lab;

/// <summary>Says back what arrived: requests, cookies, WebSocket messages.</summary>
internal static class LabEcho
{
    private const int SocketBufferBytes = 16 * 1024;

    internal static void MapEcho(this IEndpointRouteBuilder lab)
    {
        lab.Map("/echo", async (HttpContext context) =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[64 * 1024];
            var size = 0L;
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                hash.AppendData(buffer, 0, read);
                size += read;
            }

            return Results.Json(new
            {
                method = context.Request.Method,
                path = context.Request.Path.Value,
                query = context.Request.QueryString.Value,
                headers = context.Request.Headers.ToDictionary(field => field.Key.ToLowerInvariant(), field => field.Value.ToString()),
                bodyBytes = size,
                bodySha256 = Convert.ToHexStringLower(hash.GetHashAndReset()),
            });
        });
        lab.MapGet("/cookies", (HttpContext context) => Results.Json(context.Request.Cookies.ToDictionary(cookie => cookie.Key, cookie => cookie.Value)));
        lab.MapGet("/cookies/set", (HttpContext context, string name, string value, string? path, bool? httpOnly, int? maxAge) =>
        {
            context.Response.Cookies.Append(name, value, new CookieOptions
            {
                Path = path ?? "/",
                HttpOnly = httpOnly ?? false,
                MaxAge = maxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            });
            return Results.Redirect("/lab/cookies");
        });
        lab.Map("/echo-socket", async (HttpContext context, IHostApplicationLifetime lifetime) =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
                return;
            }

            // The first protocol asked for is the one spoken: an echo speaks them all.
            using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            try
            {
                await EchoAsync(socket, stop.Token);
            }
            catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
            {
                // The client left without a close; there is nobody to tell.
                context.Abort();
            }
        });
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[SocketBufferBytes];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(
                    socket.CloseStatus is { } status and not WebSocketCloseStatus.Empty ? status : WebSocketCloseStatus.NormalClosure,
                    socket.CloseStatusDescription,
                    cancellationToken);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, cancellationToken);
        }
    }
}
