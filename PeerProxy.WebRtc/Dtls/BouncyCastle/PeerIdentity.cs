using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>What client and server share: the suites, our credentials, and the check of the peer's certificate against its fingerprint.</summary>
internal sealed class PeerIdentity(DtlsOptions options, GcmTlsCrypto crypto)
{
    /// <summary>Every browser has both; nothing without forward secrecy and AEAD is worth offering.</summary>
    public static readonly int[] CipherSuites =
    [
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ];

    /// <summary>Never reached: retransmission is the endpoint's job, so that it follows the driver's clock.</summary>
    public const int NoResendMillis = int.MaxValue / 4;

    private static readonly SignatureAndHashAlgorithm _ecdsaSha256 =
        SignatureAndHashAlgorithm.GetInstance(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa);

    /// <summary>Set when the peer showed another certificate than the one its description named.</summary>
    public bool IsMismatch { get; private set; }

    public TlsCredentialedSigner CreateSigner(TlsContext context)
    {
        var chain = new Certificate([new BcTlsCertificate(crypto, options.Certificate.Der)]);
        var key = PrivateKeyFactory.CreateKey(options.Certificate.PrivateKeyPkcs8);
        return new BcDefaultTlsCredentialedSigner(new TlsCryptoParameters(context), crypto, key, chain, _ecdsaSha256);
    }

    /// <exception cref="TlsFatalAlert">The certificate is missing or not the right one.</exception>
    public void Verify(Certificate? certificate)
    {
        if (certificate is null || certificate.IsEmpty)
        {
            IsMismatch = true;
            throw new TlsFatalAlert(AlertDescription.certificate_required);
        }

        var der = certificate.GetCertificateAt(0).GetEncoded();
        foreach (var fingerprint in options.RemoteFingerprints)
        {
            if (fingerprint.Matches(der))
            {
                return;
            }
        }

        IsMismatch = true;
        throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }
}
