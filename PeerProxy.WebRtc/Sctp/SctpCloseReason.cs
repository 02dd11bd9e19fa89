namespace PeerProxy.WebRtc.Sctp;

/// <summary>Why an association ended.</summary>
public enum SctpCloseReason
{
    /// <summary>Both sides shut down in order.</summary>
    Shutdown,

    /// <summary>We aborted because our user asked for it.</summary>
    AbortedLocally,

    /// <summary>The peer sent ABORT.</summary>
    AbortedByPeer,

    /// <summary>The handshake got no answer in all its tries.</summary>
    HandshakeTimeout,

    /// <summary>Data or control chunks stayed unanswered in all their tries.</summary>
    PeerUnreachable,

    /// <summary>The peer broke the protocol in a way that cannot be ignored.</summary>
    ProtocolViolation,

    /// <summary>The peer made us hold more than a limit allows (message size, partial messages).</summary>
    LimitExceeded,
}
