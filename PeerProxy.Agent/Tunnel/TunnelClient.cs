using System.Globalization;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Tunnel;

/// <summary>The visitor's side of a tunnel in C#: sends requests and opens WebSockets. For tests, load tests and a native client.</summary>
public sealed class TunnelClient : IAsyncDisposable
{
    /// <param name="control">The ordered channel, id 0.</param>
    /// <param name="streams">The unordered channel, id 1.</param>
    public TunnelClient(IDataChannel control, IDataChannel streams, TunnelConnectionOptions? options = null)
    {
        Connection = new TunnelConnection(control, streams, TunnelRole.Visitor, options ?? new TunnelConnectionOptions());
        Connection.Start();
    }

    public TunnelConnection Connection { get; }

    /// <summary>Opens the channels of a tunnel; may be called before the peer connection is up.</summary>
    public static TunnelClient Open(IPeerConnection connection, TunnelConnectionOptions? options = null)
    {
        var (control, streams) = TunnelChannels.Open(connection);
        return new TunnelClient(control, streams, options);
    }

    /// <summary>Sends a request and waits for the response's head. The body goes out and comes in as streams.</summary>
    /// <exception cref="TunnelStreamException">The exchange failed before the response's head.</exception>
    public async Task<TunnelResponse> SendAsync(TunnelRequest request, CancellationToken cancellationToken = default)
    {
        var stream = await Connection.OpenStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var cancelled = cancellationToken.Register(() => stream.Reset(TunnelErrorCode.Cancelled, "")).ConfigureAwait(false);
        await stream.SendSectionAsync(FrameType.Headers, request.Head(), isFinal: request.Body is null).ConfigureAwait(false);
        if (request.Body is not null)
        {
            _ = Task.Run(() => SendBodyAsync(stream, request.Body), CancellationToken.None);
        }

        var informational = new List<List<Field>>();
        while (true)
        {
            var (fields, isFinal) = await stream.ReadSectionAsync(await stream.ReadAsync().ConfigureAwait(false)).ConfigureAwait(false);
            if (fields is not [{ Name: ":status" } first, ..] || !int.TryParse(first.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            {
                throw stream.Reset(TunnelErrorCode.Protocol, "A response head has no status.");
            }

            if (status is >= 100 and < 200 and not 101)
            {
                informational.Add(fields);
                continue;
            }

            fields.RemoveAt(0);
            var lengthField = fields.FirstOrDefault(field => field.Name == "content-length").Value;
            long? announced = long.TryParse(lengthField, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
            var hasBody = !isFinal;
            return new TunnelResponse(stream, status, fields, informational, new TunnelBodyStream(stream, hasBody ? announced : null, isEmpty: isFinal));
        }
    }

    /// <summary>Opens a WebSocket.</summary>
    /// <returns>The socket, or the target's refusal as a response.</returns>
    public async Task<(TunnelWebSocket? Socket, TunnelResponse? Refusal)> OpenWebSocketAsync(TunnelRequest request, CancellationToken cancellationToken = default)
    {
        var stream = await Connection.OpenStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var cancelled = cancellationToken.Register(() => stream.Reset(TunnelErrorCode.Cancelled, "")).ConfigureAwait(false);
        await stream.SendSectionAsync(FrameType.WebSocketOpen, request.Head(), isFinal: false).ConfigureAwait(false);
        var (fields, isFinal) = await stream.ReadSectionAsync(await stream.ReadAsync().ConfigureAwait(false)).ConfigureAwait(false);
        var status = int.Parse(fields[0].Value, CultureInfo.InvariantCulture);
        fields.RemoveAt(0);
        return status == 101
            ? (new TunnelWebSocket(stream, fields.FirstOrDefault(field => field.Name == "sec-websocket-protocol").Value), null)
            : (null, new TunnelResponse(stream, status, fields, [], new TunnelBodyStream(stream, null, isFinal)));
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private static async Task SendBodyAsync(TunnelStream stream, Stream body)
    {
        try
        {
            while (true)
            {
                var frame = OutboundFrame.Rent(stream.PreferredPayloadBytes);
                int count;
                try
                {
                    count = await body.ReadAsync(frame.Payload, stream.Aborted).ConfigureAwait(false);
                }
                catch
                {
                    frame.Return();
                    throw;
                }

                await stream.SendAsync(frame, FrameType.Body, count, count == 0 ? FrameFlags.Final : FrameFlags.None).ConfigureAwait(false);
                if (count == 0)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is TunnelStreamException or OperationCanceledException)
        {
            // The agent needs no more of it, or the exchange is over; whoever reads the response learns why.
        }
        catch (Exception exception)
        {
            stream.Reset(TunnelErrorCode.Cancelled, "The request body could not be read: " + exception.Message);
        }
    }
}
