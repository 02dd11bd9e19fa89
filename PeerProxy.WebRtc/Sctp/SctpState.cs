namespace PeerProxy.WebRtc.Sctp;

/// <summary>States of an association (RFC 9260 section 4).</summary>
/// <remarks>
/// <code>
/// active    Closed -> CookieWait -> CookieEchoed -> Established
/// passive   Closed --------------------------------> Established   (nothing is kept before a valid COOKIE-ECHO)
/// close     Established -> ShutdownPending -> ShutdownSent -> Ended
/// close     Established -> ShutdownReceived -> ShutdownAckSent -> Ended
/// abort     any -> Ended
/// </code>
/// </remarks>
public enum SctpState
{
    /// <summary>No association yet; an INIT of the peer is answered.</summary>
    Closed,

    /// <summary>INIT is out, INIT-ACK awaited.</summary>
    CookieWait,

    /// <summary>COOKIE-ECHO is out, COOKIE-ACK awaited.</summary>
    CookieEchoed,

    /// <summary>Data flows.</summary>
    Established,

    /// <summary>Shutdown was asked for; our data is still being delivered.</summary>
    ShutdownPending,

    /// <summary>SHUTDOWN is out, SHUTDOWN-ACK awaited.</summary>
    ShutdownSent,

    /// <summary>The peer is shutting down; our data is still being delivered.</summary>
    ShutdownReceived,

    /// <summary>SHUTDOWN-ACK is out, SHUTDOWN-COMPLETE awaited.</summary>
    ShutdownAckSent,

    /// <summary>Over for good; the closed event says why.</summary>
    Ended,
}
