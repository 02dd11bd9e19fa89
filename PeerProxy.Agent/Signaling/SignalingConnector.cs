using System.Net;
using System.Net.WebSockets;

namespace PeerProxy.Agent.Signaling;

/// <summary>Opens the WebSocket and tells failures apart.</summary>
internal static class SignalingConnector
{
    public static async Task<WebSocket> OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        // The protocol has its own ping, driven by the client's clock.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(url, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (WebSocketException) when (socket.HttpStatusCode != default)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            throw new HttpRequestException($"The server answered {(int)status} instead of opening a WebSocket.", null, status);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static SignalingFailure Describe(Exception exception, Uri server)
    {
        for (var e = exception; e is not null; e = e.InnerException!)
        {
            if (e is HttpRequestException http)
            {
                return (http.HttpRequestError, http.StatusCode) switch
                {
                    (HttpRequestError.NameResolutionError, _) =>
                        new(SignalingFailureKind.Unresolved, $"The host name '{server.Host}' cannot be resolved."),
                    (HttpRequestError.SecureConnectionError, _) => new(SignalingFailureKind.Tls, $"No secure connection to {server}: {http.Message}"),
                    (_, HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout) =>
                        new(SignalingFailureKind.Unreachable, $"No signaling node is ready behind {server}."),
                    (_, HttpStatusCode.TooManyRequests) => new(SignalingFailureKind.Unreachable, $"{server} accepts no more connections from this address now."),
                    (_, { } status) => new(SignalingFailureKind.NotSignaling, $"{server} answered {(int)status}; it is not a signaling service."),
                    _ => new(SignalingFailureKind.Unreachable, $"{server} cannot be reached: {http.Message}"),
                };
            }
        }
        return exception is WebSocketException
            ? new(SignalingFailureKind.Unreachable, $"{server} cannot be reached: {exception.Message}")
            : new(SignalingFailureKind.Lost, exception.Message);
    }
}
