using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>Gives the traffic keys of epoch 1 to a <see cref="RecordProtector"/> instead of a BouncyCastle cipher.</summary>
internal sealed class GcmTlsCrypto(Action<RecordProtector> keysAgreed)
    : BcTlsCrypto(new SecureRandom(new CryptoApiRandomGenerator()))
{
    private const int FixedIvSize = 4;

    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm)
    {
        var keySize = encryptionAlgorithm switch
        {
            EncryptionAlgorithm.AES_128_GCM => 16,
            EncryptionAlgorithm.AES_256_GCM => 32,
            _ => throw new TlsFatalAlert(AlertDescription.internal_error),
        };

        // RFC 5246 6.3: client key, server key, client IV, server IV.
        Span<byte> block = stackalloc byte[2 * (keySize + FixedIvSize)];
        TlsImplUtilities.CalculateKeyBlock(cryptoParams, block);
        var clientKey = block[..keySize];
        var serverKey = block.Slice(keySize, keySize);
        var clientIv = block.Slice(2 * keySize, FixedIvSize);
        var serverIv = block[((2 * keySize) + FixedIvSize)..];
        var protector = cryptoParams.IsServer
            ? new RecordProtector(serverKey, serverIv, clientKey, clientIv)
            : new RecordProtector(clientKey, clientIv, serverKey, serverIv);
        CryptographicOperations.ZeroMemory(block);

        keysAgreed(protector);
        return new HandshakeCipher(protector);
    }
}
