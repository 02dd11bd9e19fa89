using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc;

namespace PeerProxy.Agent.Tunnel;

/// <summary>A frame on its way out: a pooled buffer with room for the header in front of the payload, so that a payload is never copied.</summary>
/// <remarks>Rent, fill <see cref="Payload"/>, hand to <see cref="TunnelStream.SendAsync"/>, which owns it from then on. A frame that is not sent is given back with <see cref="Return"/>.</remarks>
public readonly struct OutboundFrame
{
    private readonly byte[] _buffer;

    private OutboundFrame(byte[] buffer, FrameType type, int length)
    {
        _buffer = buffer;
        Type = type;
        Length = length;
    }

    internal FrameType Type { get; }

    /// <summary>Bytes of payload.</summary>
    internal int Length { get; }

    internal bool IsFinal { get; private init; }

    /// <summary>What it costs of the credit.</summary>
    internal int Cost => Type.CostsCredit() ? Length : 0;

    /// <summary>Where the payload goes; at least as long as was asked for.</summary>
    public Memory<byte> Payload => _buffer.AsMemory(FrameHeader.Size, Math.Min(_buffer.Length - FrameHeader.Size, TunnelLimits.MaxPayloadBytes));

    /// <summary>The whole message.</summary>
    internal ReadOnlyMemory<byte> Message => _buffer.AsMemory(0, FrameHeader.Size + Length);

    public static OutboundFrame Rent(int payloadBytes) => new(MessageBuffers.Rent(FrameHeader.Size + payloadBytes), FrameType.Body, 0);

    public void Return() => MessageBuffers.Return(_buffer);

    /// <summary>The same buffer, with its header written.</summary>
    internal OutboundFrame WithHeader(FrameHeader header)
    {
        header.Write(_buffer);
        return new OutboundFrame(_buffer, header.Type, header.Length) { IsFinal = header.IsFinal };
    }
}
