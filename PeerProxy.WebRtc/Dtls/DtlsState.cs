namespace PeerProxy.WebRtc.Dtls;

/// <summary>Life of a DTLS endpoint: New, Handshaking, Connected, Closed; or Failed from either of the first two.</summary>
public enum DtlsState
{
    /// <summary><see cref="IDtlsEndpoint.Start"/> was not called.</summary>
    New,

    /// <summary>Flights are being exchanged.</summary>
    Handshaking,

    /// <summary>The peer's certificate matched and its Finished was verified.</summary>
    Connected,

    /// <summary>No session; see <see cref="IDtlsEndpoint.Failure"/>. Final.</summary>
    Failed,

    /// <summary>Ended by either side. Final.</summary>
    Closed,
}

/// <summary>Why a handshake ended without a session.</summary>
public enum DtlsFailure
{
    None,

    /// <summary>The peer's certificate is not the one its session description named (RFC 8122 6.2).</summary>
    FingerprintMismatch,

    /// <summary>The peer said no, or sent something that breaks the protocol.</summary>
    HandshakeRefused,

    /// <summary>Not finished within <see cref="DtlsOptions.HandshakeTimeLimit"/>.</summary>
    TimedOut,

    /// <summary>Too many handshakes are waiting on this machine.</summary>
    Overloaded,
}
