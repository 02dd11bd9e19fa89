namespace PeerProxy.WebRtc.Turn;

/// <summary>What a <see cref="TurnEvent"/> tells.</summary>
public enum TurnEventKind
{
    /// <summary>The relayed and mapped addresses are known.</summary>
    Allocated,

    /// <summary>The allocation is over: <see cref="TurnAllocation.Failure"/>.</summary>
    Failed,

    /// <summary>The server refuses to relay to <see cref="TurnEvent.Peer"/>.</summary>
    PeerRefused,

    /// <summary>The server keeps this allocation to the old credentials, or takes its credentials no longer: make another one with current
    /// credentials.</summary>
    ReallocationNeeded,

    /// <summary>The server has confirmed the end.</summary>
    Closed,
}
