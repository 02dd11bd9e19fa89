using System.Buffers;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.DataChannels;

/// <summary>What a <see cref="DataChannelEvent"/> tells.</summary>
public enum DataChannelEventKind
{
    /// <summary>The association is up.</summary>
    Connected,

    /// <summary>The association ended, and with it all channels (each was told closed before).</summary>
    Disconnected,

    /// <summary>A channel can be used; <see cref="DataChannel.IsRemote"/> tells whether the peer opened it.</summary>
    Opened,

    /// <summary>A message arrived; the receiver disposes <see cref="DataChannelEvent.Payload"/> and gives
    /// <see cref="DataChannelEvent.WindowBytes"/> to <see cref="DataChannelSet.ReleaseReceived"/> when it is consumed.</summary>
    Message,

    /// <summary>Queued bytes of a channel fell to its threshold.</summary>
    BufferedAmountLow,

    /// <summary>A channel is closed.</summary>
    Closed,
}

/// <summary>One thing the user of the channels should know.</summary>
public readonly struct DataChannelEvent
{
    public DataChannelEventKind Kind { get; init; }

    /// <summary>The channel; null for <see cref="DataChannelEventKind.Connected"/> and <see cref="DataChannelEventKind.Disconnected"/>.</summary>
    public DataChannel? Channel { get; init; }

    public bool IsText { get; init; }

    /// <summary>Pooled buffer whose first <see cref="Length"/> bytes are the message; present also for an empty message.</summary>
    public IMemoryOwner<byte>? Payload { get; init; }

    public int Length { get; init; }

    /// <summary>What the message takes of the receive window.</summary>
    public int WindowBytes { get; init; }

    public SctpCloseReason CloseReason { get; init; }

    public string? Detail { get; init; }
}
