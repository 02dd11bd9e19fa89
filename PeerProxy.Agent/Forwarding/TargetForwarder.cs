using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Telemetry;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Forwards the streams of visitors to the target: HTTP here, WebSockets by <see cref="WebSocketForwarder"/>.</summary>
/// <remarks>
/// For a request:
/// <code>
/// 1 read the head      2 rules make the target's fields     3 send it, its body streaming as frames arrive
/// 4 the response head, by the rules                         5 the response body: one read of the target is one frame, sent at once
/// 6 what is left of the request is not needed (RESET with NO_ERROR); a target that breaks off is RESET with TARGET_LOST
/// </code>
/// </remarks>
public sealed class TargetForwarder : IDisposable
{
    private static readonly UriCreationOptions RawPath = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly ForwardingOptions _options;
    private readonly HttpMessageInvoker _client;
    private readonly WebSocketForwarder _webSockets;
    private readonly ILogger _logger;
    private long _requestCount;
    private volatile TargetFailure? _lastFailure;

    public TargetForwarder(ForwardingOptions options, ILogger<TargetForwarder> logger)
    {
        _options = options;
        _logger = logger;
        _client = new HttpMessageInvoker(TargetClient.CreateHandler(options.Target, options.AcceptAnyCertificate), disposeHandler: true);
        _webSockets = new WebSocketForwarder(options, _client);
    }

    /// <summary>Requests and WebSockets taken since the start.</summary>
    public long RequestCount => Interlocked.Read(ref _requestCount);

    /// <summary>Why the last request got no response; null when it got one.</summary>
    public TargetFailure? LastFailure => _lastFailure;

    /// <summary>Serves one stream to its end. Never throws: whatever fails ends the stream with a RESET.</summary>
    public async Task ServeAsync(TunnelStream stream, VisitorContext visitor)
    {
        Interlocked.Increment(ref _requestCount);
        AgentTelemetry.ActiveRequests.Add(1);
        try
        {
            var first = await stream.ReadAsync().ConfigureAwait(false);
            var isWebSocket = first.Type == FrameType.WebSocketOpen;
            var (fields, isFinal) = await stream.ReadSectionAsync(first).ConfigureAwait(false);
            if (!RequestHead.TryRead(fields, out var head, out var problem))
            {
                stream.Reset(TunnelErrorCode.Protocol, problem);
                return;
            }

            stream.Urgency = head.Urgency;
            if (isWebSocket)
            {
                await _webSockets.ServeAsync(stream, head, visitor).ConfigureAwait(false);
            }
            else
            {
                await ForwardAsync(stream, head, isFinal, visitor).ConfigureAwait(false);
            }
        }
        catch (TunnelStreamException exception)
        {
            ForwardingLog.StreamEnded(_logger, stream.Id, exception.Code);
        }
        catch (OperationCanceledException)
        {
            ForwardingLog.StreamEnded(_logger, stream.Id, TunnelErrorCode.Cancelled);
        }
        catch (Exception exception)
        {
            ForwardingLog.Failed(_logger, stream.Id, exception);
            stream.Reset(TunnelErrorCode.Internal, "The agent failed.");
        }
        finally
        {
            AgentTelemetry.ActiveRequests.Add(-1);
        }
    }

    /// <summary>Takes a CONTROL message of a visitor: <c>document-cookie</c> is known, all others are ignored (docs/protocol.md section 1).</summary>
    public void HandleControl(ReadOnlyMemory<byte> json, VisitorContext visitor)
    {
        if (ControlMessage.TryRead(json.Span, out var message) && message.Type == ControlMessage.DocumentCookie)
        {
            // Fields carry octets as Latin-1, and so does the jar.
            visitor.CookieWrites.ApplyFromControl(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(message.Cookie)), message.Path, _options.Target);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task ForwardAsync(TunnelStream stream, RequestHead head, bool isFinal, VisitorContext visitor)
    {
        using var activity = AgentTelemetry.Source.StartActivity("forward", ActivityKind.Client);
        activity?.SetTag("http.request.method", head.Method);
        var started = Stopwatch.GetTimestamp();
        if (head.Method is "CONNECT" or "TRACE")
        {
            await ErrorResponses.SendAsync(stream, head, 405, "request-invalid", $"The method {head.Method} is not forwarded.").ConfigureAwait(false);
            return;
        }

        var origins = new OriginMap(_options.Target, head.VisitorOrigin);
        using var request = CreateRequest(stream, head, isFinal, origins, visitor);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stream.Aborted);
        deadline.CancelAfter(_options.ResponseTimeout);
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!stream.Aborted.IsCancellationRequested && FailureOf(exception, deadline) is not null)
        {
            if (stream.Failure is not null)
            {
                throw stream.Failure;
            }

            var failure = FailureOf(exception, deadline)!;
            _lastFailure = failure;
            AgentTelemetry.TargetFailures.Add(1, new KeyValuePair<string, object?>("error.type", failure.Code));
            ForwardingLog.TargetFailed(_logger, failure.Code, exception.Message);
            await ErrorResponses.SendAsync(stream, head, failure.Status, failure.Code, failure.Message).ConfigureAwait(false);
            return;
        }

        _lastFailure = null;
        using (response)
        {
            // From here the target may take its time: pages that stream for hours are normal.
            deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            activity?.SetTag("http.response.status_code", (int)response.StatusCode);
            await RespondAsync(stream, head, response, origins, visitor).ConfigureAwait(false);
        }

        AgentTelemetry.RequestDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private TargetFailure? FailureOf(Exception exception, CancellationTokenSource deadline) => exception switch
    {
        // HttpClient lets the SocketException through when the connection was reset the moment it stood.
        HttpRequestException or SocketException or IOException and not TunnelStreamException => TargetFailure.From(exception, _options.Target),
        OperationCanceledException when exception.InnerException is TimeoutException || deadline.IsCancellationRequested =>
            new TargetFailure(TargetFailureKind.Timeout, $"{_options.Target} accepted the request but did not answer in time. Is the web server stuck?"),
        _ => null,
    };

    private HttpRequestMessage CreateRequest(TunnelStream stream, RequestHead head, bool isFinal, in OriginMap origins, VisitorContext visitor)
    {
        var request = new HttpRequestMessage(new HttpMethod(head.Method), new Uri(_options.Target.OriginText + head.Path, RawPath))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = _options.Target.HostField;
        if (!isFinal)
        {
            var content = new TunnelRequestContent(stream, head.ContentLength);
            request.Content = content;
            request.Headers.ConnectionClose = content.IsWatched ? true : null;
        }

        foreach (var field in RequestHeaderRules.ToTarget(head, origins, visitor, _options.Target, _options.SendForwardedHost))
        {
            if (!request.Headers.TryAddWithoutValidation(field.Name, field.Value))
            {
                // A field that describes content. Without a body it goes with an empty one.
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation(field.Name, field.Value);
            }
        }

        if (!isFinal && head.ContentLength is null)
        {
            request.Headers.TransferEncodingChunked = true;
        }

        return request;
    }

    private async Task RespondAsync(TunnelStream stream, RequestHead head, HttpResponseMessage response, OriginMap origins, VisitorContext visitor)
    {
        var status = (int)response.StatusCode;
        var headers = response.Headers.NonValidated;
        var connection = headers.TryGetValues("Connection", out var named) ? HopByHopFields.NamedBy(named) : [];
        var cookies = RequestHeaderRules.CookieRequestOf(head, origins, _options.Target);
        var fields = new List<Field>(24) { new(":status", status.ToString(CultureInfo.InvariantCulture)) };
        if (response.ReasonPhrase is { Length: > 0 } reason && reason != StandardReason(status))
        {
            fields.Add(new Field("pp-reason", reason));
        }

        if (head.IsNavigation && _options.Target.PageOrigins is { Length: > 0 } pageOrigins)
        {
            fields.Add(new Field("pp-target", pageOrigins));
        }

        ResponseHeaderRules.Append(fields, headers, connection, origins, visitor, cookies);
        ResponseHeaderRules.Append(fields, response.Content.Headers.NonValidated, connection, origins, visitor, cookies);
        ResponseHeaderRules.ClearCookies(fields, headers, visitor, cookies);

        // RFC 9112 6.3: chunks count, whatever length is given beside them; a length that is no number is none.
        var length = response.Headers.TransferEncodingChunked is true ? null : response.Content.Headers.ContentLength;
        fields.RemoveAll(field => field.Name == "content-length");
        if (length is >= 0)
        {
            fields.Add(new("content-length", length.Value.ToString(CultureInfo.InvariantCulture)));
        }

        // RFC 9110 6.4.1: these have no body, whatever their fields say.
        var hasBody = !head.IsHead && status is not (204 or 304) && length is not 0;
        var codings = hasBody ? ContentCodings.PlanFor(response.Content.Headers) : null;
        if (codings is { } plan)
        {
            DescribeDecoded(fields, plan);
        }

        await stream.SendSectionAsync(FrameType.Headers, fields, isFinal: !hasBody).ConfigureAwait(false);
        if (hasBody)
        {
            var undone = codings?.Undone ?? [];
            await SendBodyAsync(stream, response, undone, undone.Count == 0 ? length : null).ConfigureAwait(false);
        }

        stream.StopReceiving();
    }

    /// <summary>What a visitor assumes for this status; phrases that differ travel.</summary>
    private static string? StandardReason(int status)
    {
        using var message = new HttpResponseMessage((HttpStatusCode)status);
        return message.ReasonPhrase;
    }

    /// <summary>The fields of a body whose codings are undone on the way: its length is not known, and its bytes are not those of the target's checksums.</summary>
    private static void DescribeDecoded(List<Field> fields, in ContentCodings.Plan plan)
    {
        fields.RemoveAll(field => field.Name == "content-encoding");
        if (plan.ForVisitor is { } left)
        {
            fields.Add(new Field("content-encoding", left));
        }

        if (plan.Undone.Count > 0)
        {
            fields.RemoveAll(field => field.Name is "content-length" or "content-md5" or "content-digest");
        }
    }

    private async Task SendBodyAsync(TunnelStream stream, HttpResponseMessage response, IReadOnlyList<string> undone, long? remaining)
    {
        Stream? body = null;
        while (true)
        {
            await stream.WaitForTurnAsync().ConfigureAwait(false);

            // Once: it may change at any time.
            var size = stream.PreferredPayloadBytes;
            var frame = OutboundFrame.Rent(size);
            int count;
            try
            {
                body ??= await ContentCodings.DecodeAsync(await response.Content.ReadAsStreamAsync(stream.Aborted).ConfigureAwait(false), undone, stream.Aborted).ConfigureAwait(false);
                count = await body.ReadAsync(frame.Payload[..size], stream.Aborted).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException && !stream.Aborted.IsCancellationRequested)
            {
                frame.Return();
                ForwardingLog.TargetFailed(_logger, "target-lost", exception.Message);
                throw stream.Reset(TunnelErrorCode.TargetLost, "The target closed the connection in the middle of its response.");
            }
            catch (Exception exception) when (ContentCodings.IsDecodingError(exception))
            {
                frame.Return();
                ForwardingLog.TargetFailed(_logger, "target-lost", exception.Message);
                throw stream.Reset(TunnelErrorCode.TargetLost, "The response cannot be decoded: its bytes are not what its Content-Encoding says.");
            }
            catch
            {
                frame.Return();
                throw;
            }

            AgentTelemetry.ResponseBytes.Add(count);
            remaining -= count;
            if (count == 0)
            {
                frame.Return();
                await SendEndAsync(stream, response).ConfigureAwait(false);
                return;
            }

            await stream.SendAsync(frame, FrameType.Body, count, remaining == 0 ? FrameFlags.Final : FrameFlags.None).ConfigureAwait(false);
            if (remaining == 0)
            {
                return;
            }
        }
    }

    private static ValueTask SendEndAsync(TunnelStream stream, HttpResponseMessage response)
    {
        List<Field>? trailers = null;
        foreach (var header in response.TrailingHeaders.NonValidated)
        {
            foreach (var value in header.Value)
            {
                var field = new Field(ResponseHeaderRules.Lower(header.Key), value);
                if (FieldSection.IsValid(field))
                {
                    (trailers ??= []).Add(field);
                }
            }
        }

        return trailers is null ? stream.SendFinalAsync() : stream.SendSectionAsync(FrameType.Trailers, trailers, isFinal: true);
    }
}
