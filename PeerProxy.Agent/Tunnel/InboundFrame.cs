using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Tunnel;

/// <summary>A frame of a stream, in order. Disposing it gives back the buffer and counts its bytes as consumed, so dispose exactly once, when the bytes are used.</summary>
public readonly struct InboundFrame : IDisposable
{
    private readonly TunnelStream _stream;
    private readonly DataChannelMessage _message;
    private readonly FrameHeader _header;

    internal InboundFrame(TunnelStream stream, DataChannelMessage message, FrameHeader header)
    {
        _stream = stream;
        _message = message;
        _header = header;
    }

    public FrameType Type => _header.Type;

    /// <summary>The last frame of this direction.</summary>
    public bool IsFinal => _header.IsFinal;

    /// <summary>The unit goes on in the next frame of this type.</summary>
    public bool HasMore => _header.HasMore;

    public ReadOnlyMemory<byte> Payload => _message.Data[FrameHeader.Size..];

    internal FrameHeader Header => _header;

    public void Dispose()
    {
        _message.Dispose();
        _stream.Connection.OnConsumed(_stream, _header);
    }

    /// <summary>Gives back the buffer only; the connection does the accounting itself.</summary>
    internal void DisposeBuffer() => _message.Dispose();
}
