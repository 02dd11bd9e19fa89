using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>An open WebSocket, seen from the visitor.</summary>
/// <param name="protocol">The subprotocol the target chose; null: none.</param>
public sealed class TunnelWebSocket(TunnelStream stream, string? protocol)
{
    public string? Protocol { get; } = protocol;

    /// <summary>How the other side closed; null before that.</summary>
    public WebSocketCloseFrame? CloseReceived { get; private set; }

    /// <summary>Sends a whole message, in frames with MORE where it is large.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, bool isText)
    {
        var type = isText ? FrameType.WebSocketText : FrameType.WebSocketBinary;
        do
        {
            var length = Math.Min(message.Length, TunnelLimits.PreferredPayloadBytes);
            var frame = OutboundFrame.Rent(length);
            message[..length].CopyTo(frame.Payload);
            message = message[length..];
            await stream.SendAsync(frame, type, length, message.IsEmpty ? FrameFlags.None : FrameFlags.More).ConfigureAwait(false);
        }
        while (!message.IsEmpty);
    }

    /// <summary>The next whole message, or null once the other side closed (<see cref="CloseReceived"/>).</summary>
    public async ValueTask<(byte[] Data, bool IsText)?> ReceiveAsync()
    {
        using var assembled = new MemoryStream();
        while (CloseReceived is null)
        {
            using var frame = await stream.ReadAsync().ConfigureAwait(false);
            if (frame.Type == FrameType.WebSocketClose)
            {
                if (WebSocketCloseFrame.TryRead(frame.Payload.Span, out var close, out var error))
                {
                    CloseReceived = close;
                    return null;
                }

                throw stream.Reset(error, "A WS_CLOSE is malformed.");
            }

            if (frame.Type is FrameType.WebSocketText or FrameType.WebSocketBinary)
            {
                assembled.Write(frame.Payload.Span);
                if (!frame.HasMore)
                {
                    return (assembled.ToArray(), frame.Type == FrameType.WebSocketText);
                }
            }
        }

        return null;
    }

    public ValueTask CloseAsync(ushort? status, string reason = "")
    {
        var frame = OutboundFrame.Rent(WebSocketCloseFrame.MaxSize);
        return stream.SendAsync(frame, FrameType.WebSocketClose, new WebSocketCloseFrame(status, reason).Write(frame.Payload.Span), FrameFlags.Final);
    }

    /// <summary>Ends the stream without a closing handshake, as a closed tab does.</summary>
    public void Abort() => stream.Reset(TunnelErrorCode.Cancelled, "");
}
