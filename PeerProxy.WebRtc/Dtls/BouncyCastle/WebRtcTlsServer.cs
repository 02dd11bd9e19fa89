using Org.BouncyCastle.Tls;

namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>The server half of a handshake; it always asks for the client's certificate (RFC 8827 6.5).</summary>
internal sealed class WebRtcTlsServer(GcmTlsCrypto crypto, PeerIdentity identity) : DefaultTlsServer(crypto)
{
    public override bool RequiresExtendedMasterSecret() => true;

    public override int GetHandshakeResendTimeMillis() => PeerIdentity.NoResendMillis;

    public override int[] GetSupportedGroups() => [NamedGroup.x25519, NamedGroup.secp256r1];

    public override CertificateRequest GetCertificateRequest() =>
        new([ClientCertificateType.ecdsa_sign], TlsUtilities.GetDefaultSupportedSignatureAlgorithms(m_context), null);

    public override void NotifyClientCertificate(Certificate clientCertificate) => identity.Verify(clientCertificate);

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

    protected override int[] GetSupportedCipherSuites() => PeerIdentity.CipherSuites;

    protected override TlsCredentialedSigner GetECDsaSignerCredentials() => identity.CreateSigner(m_context);
}
