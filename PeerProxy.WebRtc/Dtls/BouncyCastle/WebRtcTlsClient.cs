using Org.BouncyCastle.Tls;

namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>The client half of a handshake: what is offered, and whom we trust.</summary>
internal sealed class WebRtcTlsClient(GcmTlsCrypto crypto, PeerIdentity identity) : DefaultTlsClient(crypto), TlsAuthentication
{
    public override bool RequiresExtendedMasterSecret() => true;

    public override int GetHandshakeResendTimeMillis() => PeerIdentity.NoResendMillis;

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => identity.Verify(serverCertificate.Certificate);

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest) => identity.CreateSigner(m_context);

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

    protected override int[] GetSupportedCipherSuites() => PeerIdentity.CipherSuites;

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => [NamedGroup.x25519, NamedGroup.secp256r1];
}
