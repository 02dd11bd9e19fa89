using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PeerProxy.Protocol.Identity;

/// <summary>An agent's key pair (ECDSA P-256): it owns the peer id and signs registrations and answers. Thread-safe.</summary>
public sealed class AgentKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _signing = new();

    private AgentKey(ECDsa key)
    {
        _key = key;
        PublicKeyBytes = key.ExportSubjectPublicKeyInfo();
        PublicKey = Base64Url.EncodeToString(PublicKeyBytes);
        KeyHash = Base64Url.EncodeToString(SHA256.HashData(PublicKeyBytes));
    }

    /// <summary>SubjectPublicKeyInfo, 91 bytes.</summary>
    public byte[] PublicKeyBytes { get; }

    /// <summary>SubjectPublicKeyInfo, base64url: the form messages carry.</summary>
    public string PublicKey { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, base64url, 43 characters: the form links carry.</summary>
    public string KeyHash { get; }

    /// <summary>Makes a new key pair.</summary>
    public static AgentKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a private key.</summary>
    /// <param name="pkcs8">PKCS#8 PrivateKeyInfo, DER, unencrypted.</param>
    /// <exception cref="CryptographicException">It is not an ECDSA P-256 key.</exception>
    public static AgentKey ImportPkcs8(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            var agentKey = new AgentKey(key);
            if (!PeerPublicKey.HasCanonicalForm(agentKey.PublicKeyBytes))
            {
                throw new CryptographicException("The key is not an ECDSA P-256 key.");
            }
            return agentKey;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The private key as PKCS#8 PrivateKeyInfo, DER. A secret.</summary>
    public byte[] ExportPkcs8() => _key.ExportPkcs8PrivateKey();

    /// <summary>Signs a statement of <see cref="SignedStatements"/>.</summary>
    /// <returns>r and s, 64 bytes, base64url.</returns>
    public string Sign(string statement)
    {
        lock (_signing)
        {
            return Base64Url.EncodeToString(
                _key.SignData(Encoding.UTF8.GetBytes(statement), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }
    }

    public void Dispose() => _key.Dispose();

    /// <summary>The key hash only: the private key never reaches a log.</summary>
    public override string ToString() => KeyHash;
}
