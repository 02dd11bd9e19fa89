namespace PeerProxy.WebRtc.Turn;

/// <summary>Life of a <see cref="TurnAllocation"/>: Allocating -> Ready -> (Closing ->) Closed, or Failed from anywhere.</summary>
public enum TurnState
{
    /// <summary>The server has been asked.</summary>
    Allocating,

    /// <summary>The relayed address works.</summary>
    Ready,

    /// <summary>The server is told that the allocation is not needed any more.</summary>
    Closing,

    /// <summary>Ended by <see cref="TurnAllocation.Close"/>.</summary>
    Closed,

    /// <summary>Refused, lost or unreachable; see <see cref="TurnAllocation.Failure"/>. Final: a new allocation may be tried.</summary>
    Failed,
}
