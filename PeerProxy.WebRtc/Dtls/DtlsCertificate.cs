using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PeerProxy.WebRtc.Dtls;

/// <summary>A self-signed ECDSA P-256 certificate with its key: one per transport, shared by its connections.</summary>
/// <remarks>Peers trust it by the fingerprint in the session description alone, so name and serial number mean nothing.</remarks>
public sealed class DtlsCertificate
{
    /// <summary>As long as browsers keep theirs.</summary>
    private static readonly TimeSpan _lifetime = TimeSpan.FromDays(30);

    /// <summary>A peer's clock may be behind ours.</summary>
    private static readonly TimeSpan _backdate = TimeSpan.FromDays(1);

    private DtlsCertificate(byte[] der, byte[] privateKeyPkcs8)
    {
        Der = der;
        PrivateKeyPkcs8 = privateKeyPkcs8;
        Fingerprint = DtlsFingerprint.Sha256Of(der);
    }

    public DtlsFingerprint Fingerprint { get; }

    internal byte[] Der { get; }

    internal byte[] PrivateKeyPkcs8 { get; }

    public static DtlsCertificate Create() => Create(TimeProvider.System);

    public static DtlsCertificate Create(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=WebRTC", key, HashAlgorithmName.SHA256);
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now - _backdate, now + _lifetime);
        return new DtlsCertificate(certificate.RawData, key.ExportPkcs8PrivateKey());
    }
}
