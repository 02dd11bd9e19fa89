namespace PeerProxy.WebRtc.Turn;

/// <summary>Why an allocation ended.</summary>
public enum TurnFailureReason
{
    None,

    /// <summary>No answer.</summary>
    Unreachable,

    /// <summary>The server does not accept the credentials.</summary>
    Unauthenticated,

    /// <summary>The server points to another one: <see cref="TurnFailure.AlternateServer"/>.</summary>
    TryAlternate,

    /// <summary>Quota or capacity; later may be better.</summary>
    NoCapacity,

    /// <summary>The server does not know the allocation (any more), or has another one for this socket.</summary>
    AllocationLost,

    /// <summary>Any other refusal: see <see cref="TurnFailure.ErrorCode"/>.</summary>
    Refused,

    /// <summary>The server's answers make no sense.</summary>
    ProtocolViolation,
}
