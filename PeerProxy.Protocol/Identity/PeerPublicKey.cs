using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace PeerProxy.Protocol.Identity;

/// <summary>A public key (ECDSA P-256) as a peer sent it: an agent's, or that of a visitor's session.</summary>
/// <remarks>Only the one canonical SubjectPublicKeyInfo encoding is accepted (named curve, uncompressed point), so that a key has one hash.</remarks>
public sealed class PeerPublicKey : IDisposable
{
    /// <summary>Bytes of the SubjectPublicKeyInfo.</summary>
    public const int EncodedBytes = 91;

    private const int SignatureBytes = 64;

    // RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, secp256r1 }, BIT STRING { 04 || X || Y } }
    private static ReadOnlySpan<byte> CanonicalPrefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
        0x03, 0x42, 0x00, 0x04,
    ];

    private readonly ECDsa _key;

    private PeerPublicKey(ECDsa key, string keyHash)
    {
        _key = key;
        KeyHash = keyHash;
    }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, base64url, 43 characters.</summary>
    public string KeyHash { get; }

    /// <summary>Reads a key; false when it is not canonical or not a point of the curve.</summary>
    /// <param name="text">SubjectPublicKeyInfo, base64url.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PeerPublicKey? publicKey)
    {
        publicKey = null;
        Span<byte> encoded = stackalloc byte[EncodedBytes];
        if (!TryDecode(text, encoded))
        {
            return false;
        }
        if (!HasCanonicalForm(encoded))
        {
            return false;
        }
        var point = new ECPoint { X = encoded.Slice(27, 32).ToArray(), Y = encoded.Slice(59, 32).ToArray() };
        try
        {
            var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
            publicKey = new PeerPublicKey(key, Base64Url.EncodeToString(SHA256.HashData(encoded)));
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Whether the signature (r and s, base64url) over the statement is this key's.</summary>
    public bool Verify(string statement, string? signature)
    {
        Span<byte> decoded = stackalloc byte[SignatureBytes];
        if (!TryDecode(signature, decoded))
        {
            return false;
        }
        try
        {
            return _key.VerifyData(
                Encoding.UTF8.GetBytes(statement), decoded, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            // Some platforms' providers throw where r or s is out of range.
            return false;
        }
    }

    public void Dispose() => _key.Dispose();

    public override string ToString() => KeyHash;

    internal static bool HasCanonicalForm(ReadOnlySpan<byte> encoded) => encoded.Length == EncodedBytes && encoded.StartsWith(CanonicalPrefix);

    private static bool TryDecode(string? text, Span<byte> destination)
    {
        if (text is null || text.Length != (destination.Length * 4 + 2) / 3)
        {
            return false;
        }
        var status = Base64Url.DecodeFromChars(text, destination, out _, out var written);
        return status == System.Buffers.OperationStatus.Done && written == destination.Length;
    }
}
