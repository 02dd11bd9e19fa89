using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>BouncyCastle's view of epoch 1: it opens the peer's Finished here, while ours is sealed when it is sent.</summary>
/// <remarks>
/// Outgoing records pass in clear to <see cref="HandshakeTransport"/>, which keeps them for retransmission; numbering and sealing happen in
/// one place, at the driver, so that no nonce can be used twice.
/// </remarks>
internal sealed class HandshakeCipher(RecordProtector protector) : TlsCipher
{
    private const int Overhead = DtlsLimits.RecordOverheadBytes - DtlsRecordHeader.Size;

    public bool UsesOpaqueRecordType => false;

    public int GetCiphertextDecodeLimit(int plaintextLimit) => plaintextLimit + Overhead;

    public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) => Math.Min(plaintextLength, plaintextLimit) + Overhead;

    public int GetPlaintextLimit(int ciphertextLimit) => ciphertextLimit - Overhead;

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, byte[] plaintext, int offset, int len) =>
        EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext.AsSpan(offset, len));

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, ReadOnlySpan<byte> plaintext)
    {
        var record = new byte[headerAllocation + plaintext.Length];
        plaintext.CopyTo(record.AsSpan(headerAllocation));
        return new TlsEncodeResult(record, 0, record.Length, contentType);
    }

    public TlsDecodeResult DecodeCiphertext(
        long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len)
    {
        var header = new DtlsRecordHeader(
            (byte)recordType, DtlsRecordHeader.Dtls12, (ushort)((ulong)seqNo >> 48), (ulong)seqNo & 0xFFFF_FFFF_FFFF, (ushort)len);
        var plaintext = new byte[len];
        if (!protector.TryOpen(header, ciphertext.AsSpan(offset, len), plaintext, out var length))
        {
            throw new TlsFatalAlert(AlertDescription.bad_record_mac);
        }

        return new TlsDecodeResult(plaintext, 0, length, recordType);
    }

    public void RekeyDecoder() => throw new TlsFatalAlert(AlertDescription.internal_error);

    public void RekeyEncoder() => throw new TlsFatalAlert(AlertDescription.internal_error);
}
