namespace PeerProxy.WebRtc.Dtls;

/// <summary>What one DTLS session needs to know.</summary>
public sealed class DtlsOptions
{
    public required bool IsClient { get; init; }

    public required DtlsCertificate Certificate { get; init; }

    /// <summary>The peer's certificate must match one of these (RFC 8122): at least one.</summary>
    public required IReadOnlyList<DtlsFingerprint> RemoteFingerprints { get; init; }

    /// <summary>A handshake that is not finished by then has failed. Default 30 s.</summary>
    public TimeSpan HandshakeTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First retransmission; RFC 6347 says 1 s, WebRTC knows the round trip better. Default 250 ms.</summary>
    public TimeSpan RetransmitTimeout { get; init; } = TimeSpan.FromMilliseconds(250);
}
