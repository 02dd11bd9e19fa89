using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>How one side of a tunnel connection behaves.</summary>
public sealed class TunnelConnectionOptions
{
    /// <summary>What is announced to the peer.</summary>
    public TunnelSettings Settings { get; init; } = TunnelSettings.Default;

    /// <summary>Clock of heartbeats and window growth.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Round-trip time of the path when known: a window that is used up within two of them is widened.</summary>
    public Func<TimeSpan?> RoundTripTime { get; init; } = () => null;

    /// <summary>Called on the thread pool for each stream the visitor opens, once its first frame is there to be read. Agent only.</summary>
    public Action<TunnelStream>? StreamOpened { get; init; }

    /// <summary>Called on the thread pool with the UTF-8 JSON of each CONTROL frame, in their order and one at a time.</summary>
    public Action<ReadOnlyMemory<byte>>? ControlReceived { get; init; }
}
