using PeerProxy.WebRtc.DataChannels;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Connection;

/// <summary>What a <see cref="PeerEvent"/> tells.</summary>
public enum PeerEventKind
{
    /// <summary><see cref="PeerEvent.State"/> is the new state; for the final ones <see cref="PeerEvent.Reason"/> says why.</summary>
    StateChanged,

    /// <summary><see cref="PeerEvent.Path"/> is used from now on.</summary>
    PathChanged,

    /// <summary><see cref="PeerEvent.Candidate"/> has a host name the driver may resolve.</summary>
    NeedsResolution,

    /// <summary>Something about a data channel: <see cref="PeerEvent.Channel"/>.</summary>
    Channel,
}

/// <summary>One thing the driver of a connection should know.</summary>
public readonly struct PeerEvent
{
    public PeerEventKind Kind { get; init; }

    public PeerConnectionState State { get; init; }

    public PeerConnectionCloseReason Reason { get; init; }

    public IcePath Path { get; init; }

    public IceCandidate? Candidate { get; init; }

    public DataChannelEvent Channel { get; init; }
}

/// <summary>A datagram a connection wrote into the caller's span.</summary>
/// <param name="BaseId">Which socket or TURN allocation sends it.</param>
/// <param name="IsStun">True for a connectivity check or its answer.</param>
/// <param name="IsMtuProbe">True for a datagram that must not be fragmented on its way.</param>
public readonly record struct PeerTransmit(int Length, int BaseId, TransportAddress Remote, bool IsStun, bool IsMtuProbe = false);
