namespace PeerProxy.WebRtc.Sdp;

/// <summary>a=setup (RFC 8842 section 5.3): who sends the DTLS ClientHello.</summary>
public enum DtlsSetup
{
    /// <summary>An offer that leaves the choice to the answerer.</summary>
    ActPass,

    /// <summary>DTLS client.</summary>
    Active,

    /// <summary>DTLS server.</summary>
    Passive,
}
