namespace PeerProxy.WebRtc.Turn;

/// <summary>How an allocation failed.</summary>
/// <param name="ErrorCode">STUN error code of the server; 0 when it sent none.</param>
public readonly record struct TurnFailure(TurnFailureReason Reason, int ErrorCode = 0, TransportAddress? AlternateServer = null)
{
    /// <summary>The same request may succeed later.</summary>
    public bool IsRetryable => Reason is TurnFailureReason.Unreachable or TurnFailureReason.NoCapacity or TurnFailureReason.AllocationLost;
}
