using System.Globalization;
using System.Net.WebSockets;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Forwards one WebSocket: opens it at the target with the target's own Origin and the session's cookies, then carries messages and the close both ways.</summary>
/// <param name="client">The agent's one handler.</param>
internal sealed class WebSocketForwarder(ForwardingOptions options, HttpMessageInvoker client)
{
    /// <summary>How long the target may take to answer a close before its connection is dropped.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private static readonly UriCreationOptions RawPath = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public async Task ServeAsync(TunnelStream stream, RequestHead head, VisitorContext visitor)
    {
        head.TreatAsWebSocket();
        var origins = new OriginMap(options.Target, head.VisitorOrigin);
        using var socket = new ClientWebSocket();
        Configure(socket.Options, head, origins, visitor);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stream.Aborted);
        deadline.CancelAfter(options.ResponseTimeout);
        var origin = options.Target.OriginText.AsSpan(options.Target.Origin.Scheme.Length);
        try
        {
            await socket.ConnectAsync(new Uri(string.Concat(options.Target.IsHttps ? "wss" : "ws", origin, head.Path), RawPath), client, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException && !stream.Aborted.IsCancellationRequested)
        {
            await RefuseAsync(stream, head, socket, exception, deadline.IsCancellationRequested, origins, visitor).ConfigureAwait(false);
            return;
        }

        deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        var fields = new List<Field> { new(":status", "101") };
        AppendResponse(fields, socket, head, origins, visitor);
        await stream.SendSectionAsync(FrameType.Headers, fields, isFinal: false).ConfigureAwait(false);
        await PumpAsync(stream, socket).ConfigureAwait(false);
    }

    private static async Task PumpAsync(TunnelStream stream, ClientWebSocket socket)
    {
        using var sendLock = new SemaphoreSlim(1);
        var fromTarget = FromTargetAsync(stream, socket, sendLock);
        var toTarget = ToTargetAsync(stream, socket, sendLock);
        try
        {
            if (await Task.WhenAny(fromTarget, toTarget).ConfigureAwait(false) == toTarget)
            {
                await toTarget.ConfigureAwait(false);
                await fromTarget.WaitAsync(CloseTimeout).ConfigureAwait(false);
            }
            else
            {
                await fromTarget.ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (IsEndOfSocket(exception))
        {
            stream.Reset(TunnelErrorCode.TargetLost, "The WebSocket to the target was lost.");
        }

        // Whichever direction still runs is stopped, and its end waited for, before the socket goes away.
        stream.StopReceiving();
        socket.Abort();
        await ObserveAsync(fromTarget).ConfigureAwait(false);
        await ObserveAsync(toTarget).ConfigureAwait(false);
    }

    private static async Task FromTargetAsync(TunnelStream stream, ClientWebSocket socket, SemaphoreSlim sendLock)
    {
        while (true)
        {
            var frame = OutboundFrame.Rent(TunnelLimits.PreferredPayloadBytes);
            ValueWebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(frame.Payload[..TunnelLimits.PreferredPayloadBytes], stream.Aborted).ConfigureAwait(false);
            }
            catch
            {
                frame.Return();
                throw;
            }

            if (received.MessageType != WebSocketMessageType.Close)
            {
                await SendAsync(
                    stream,
                    sendLock,
                    frame,
                    received.MessageType == WebSocketMessageType.Text ? FrameType.WebSocketText : FrameType.WebSocketBinary,
                    received.Count,
                    received.EndOfMessage ? FrameFlags.None : FrameFlags.More).ConfigureAwait(false);
                continue;
            }

            var status = socket.CloseStatus is { } given and not WebSocketCloseStatus.Empty ? (ushort?)given : null;
            var length = new WebSocketCloseFrame(status, socket.CloseStatusDescription ?? "").Write(frame.Payload.Span);
            await SendAsync(stream, sendLock, frame, FrameType.WebSocketClose, length, FrameFlags.Final).ConfigureAwait(false);
            if (socket.State == WebSocketState.CloseReceived)
            {
                await CloseOutputAsync(socket, status, socket.CloseStatusDescription).ConfigureAwait(false);
            }

            return;
        }
    }

    private static async Task ToTargetAsync(TunnelStream stream, ClientWebSocket socket, SemaphoreSlim sendLock)
    {
        while (true)
        {
            using var frame = await stream.ReadAsync().ConfigureAwait(false);
            switch (frame.Type)
            {
                case FrameType.WebSocketText:
                case FrameType.WebSocketBinary:
                    var type = frame.Type == FrameType.WebSocketText ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
                    await socket.SendAsync(frame.Payload, type, endOfMessage: !frame.HasMore, stream.Aborted).ConfigureAwait(false);
                    break;
                case FrameType.WebSocketPing:
                    var pong = OutboundFrame.Rent(frame.Payload.Length);
                    frame.Payload.CopyTo(pong.Payload);
                    await SendAsync(stream, sendLock, pong, FrameType.WebSocketPong, frame.Payload.Length, FrameFlags.None).ConfigureAwait(false);
                    break;
                case FrameType.WebSocketClose:
                    if (!WebSocketCloseFrame.TryRead(frame.Payload.Span, out var close, out var error))
                    {
                        throw stream.Reset(error, "A WS_CLOSE is malformed.");
                    }

                    await CloseOutputAsync(socket, close.Status, close.Reason).ConfigureAwait(false);
                    return;
            }

            if (frame.IsFinal)
            {
                throw stream.Reset(TunnelErrorCode.Protocol, "A WebSocket ends with WS_CLOSE.");
            }
        }
    }

    private static async Task SendAsync(TunnelStream stream, SemaphoreSlim sendLock, OutboundFrame frame, FrameType type, int length, FrameFlags flags)
    {
        await sendLock.WaitAsync().ConfigureAwait(false);
        try
        {
            await stream.SendAsync(frame, type, length, flags).ConfigureAwait(false);
        }
        finally
        {
            sendLock.Release();
        }
    }

    /// <summary>No code, and codes that cannot be sent (RFC 6455 section 7.4), go as 1000: the client writes a code in every close.</summary>
    private static async Task CloseOutputAsync(ClientWebSocket socket, ushort? status, string? reason)
    {
        var canBeSent = status is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
        using var deadline = new CancellationTokenSource(CloseTimeout);
        await socket.CloseOutputAsync(
            canBeSent ? (WebSocketCloseStatus)status! : WebSocketCloseStatus.NormalClosure, canBeSent ? reason : null, deadline.Token).ConfigureAwait(false);
    }

    private async Task RefuseAsync(
        TunnelStream stream, RequestHead head, ClientWebSocket socket, Exception exception, bool timedOut, OriginMap origins, VisitorContext visitor)
    {
        if (socket.HttpStatusCode is not (0 or System.Net.HttpStatusCode.SwitchingProtocols))
        {
            var fields = new List<Field> { new(":status", ((int)socket.HttpStatusCode).ToString(CultureInfo.InvariantCulture)) };
            AppendResponse(fields, socket, head, origins, visitor);
            fields.RemoveAll(field => field.Name == "content-length");
            await stream.SendSectionAsync(FrameType.Headers, fields, isFinal: true).ConfigureAwait(false);
            stream.StopReceiving();
            return;
        }

        var failure = timedOut ? new TargetFailure(TargetFailureKind.Timeout, $"{options.Target} did not answer in time.")
            : TargetFailure.From(exception.InnerException ?? exception, options.Target);
        await ErrorResponses.SendAsync(stream, head, failure.Status, failure.Code, failure.Message).ConfigureAwait(false);
    }

    private void Configure(ClientWebSocketOptions target, RequestHead head, in OriginMap origins, VisitorContext visitor)
    {
        target.KeepAliveInterval = TimeSpan.FromSeconds(30);
        target.CollectHttpResponseDetails = true;
        target.SetRequestHeader("Host", options.Target.HostField);
        foreach (var protocols in head.Fields.Where(field => field.Name == "sec-websocket-protocol"))
        {
            foreach (var protocol in protocols.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                target.AddSubProtocol(protocol);
            }
        }

        foreach (var field in RequestHeaderRules.ToTarget(head, origins, visitor, options.Target, options.SendForwardedHost))
        {
            // Fields of content make no sense here, and the client refuses them.
            if (!field.Name.StartsWith("content-", StringComparison.Ordinal) && field.Name is not ("accept-encoding" or "priority"))
            {
                target.SetRequestHeader(field.Name, field.Value);
            }
        }
    }

    private void AppendResponse(List<Field> fields, ClientWebSocket socket, RequestHead head, in OriginMap origins, VisitorContext visitor)
    {
        var cookies = RequestHeaderRules.CookieRequestOf(head, origins, options.Target);
        var headers = (socket.HttpResponseHeaders ?? new Dictionary<string, IEnumerable<string>>()).SelectMany(header => header.Value, (header, value) => (header.Key, value));
        foreach (var (name, value) in headers)
        {
            var lower = ResponseHeaderRules.Lower(name);
            if (lower != "sec-websocket-accept")
            {
                ResponseHeaderRules.Append(fields, lower, value, [], origins, visitor, cookies);
            }
        }
    }

    private static bool IsEndOfSocket(Exception exception) =>
        exception is WebSocketException or TunnelStreamException or OperationCanceledException or TimeoutException or IOException or InvalidOperationException;

    private static async Task ObserveAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEndOfSocket(exception))
        {
            // Its failure is the end that was asked for, or was already told.
        }
    }
}
