namespace PeerProxy.Protocol.Tunnel;

/// <summary>Which frame may follow which, in one direction of a stream (docs/protocol.md, section 3).</summary>
/// <remarks>
/// <code>
/// to the agent     HEADERS BODY* [TRAILERS]          WS_OPEN (WS_TEXT | WS_BINARY | WS_PING | WS_PONG)* WS_CLOSE
/// to the visitor   HEADERS+ BODY* [TRAILERS]         HEADERS+ (WS_TEXT | WS_BINARY | WS_PING | WS_PONG)* WS_CLOSE
/// </code>
/// A unit of several frames (MORE) is one symbol here. A mutable struct: keep it in a field.
/// </remarks>
public struct FrameOrder(bool toAgent)
{
    private readonly bool _toAgent = toAgent;
    private Phase _phase;

    /// <summary>The type whose unit is unfinished; null between units.</summary>
    private FrameType? _unfinished;

    private enum Phase : byte
    {
        /// <summary>Nothing yet.</summary>
        Start,

        /// <summary>A head was complete; what kind of exchange it is shows with the next frame, or was said by WS_OPEN.</summary>
        Head,

        Body,

        Trailers,

        WebSocket,
    }

    /// <summary>Takes the next frame in sequence.</summary>
    /// <returns>False when it may not come here: the error PROTOCOL.</returns>
    public bool TryAdvance(FrameType type, bool hasMore)
    {
        if (_unfinished is { } unfinished && type != unfinished)
        {
            // RFC 6455 5.4: control frames may stand between the parts of a message.
            return _phase == Phase.WebSocket && type is FrameType.WebSocketPing or FrameType.WebSocketPong;
        }

        Phase? next = type switch
        {
            FrameType.WebSocketOpen when _toAgent && _phase == Phase.Start => hasMore ? Phase.Start : Phase.WebSocket,
            FrameType.Headers when _phase == Phase.Start || (_phase == Phase.Head && (!_toAgent || _unfinished is not null)) => Phase.Head,
            FrameType.Body when _phase is Phase.Head or Phase.Body => Phase.Body,
            FrameType.Trailers when _phase is Phase.Head or Phase.Body || (_phase == Phase.Trailers && _unfinished is not null) => Phase.Trailers,
            >= FrameType.WebSocketText and <= FrameType.WebSocketClose when _phase == Phase.WebSocket || (_phase == Phase.Head && !_toAgent) => Phase.WebSocket,
            _ => null,
        };
        if (next is not { } phase)
        {
            return false;
        }

        _phase = phase;
        if (type is not (FrameType.Body or FrameType.WebSocketPing or FrameType.WebSocketPong))
        {
            _unfinished = hasMore ? type : null;
        }

        return true;
    }
}
