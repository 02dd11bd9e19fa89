using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PeerProxy.WebRtc.Dtls;

/// <summary>Seals and opens records of epoch 1 with AES-GCM (RFC 5288). Hot: no allocation per record.</summary>
/// <remarks>
/// The sealing half and the opening half share nothing, so one thread may seal while another opens. Sequence numbers are given out here
/// alone: a nonce is never used twice.
/// </remarks>
internal sealed class RecordProtector : IDisposable
{
    private const int FixedIvSize = 4;
    private const int ExplicitNonceSize = 8;
    private const int TagSize = 16;
    private const int AdditionalDataSize = 13;
    private const ushort Epoch = 1;

    private readonly AesGcm _seal;
    private readonly AesGcm _open;
    private readonly byte[] _sealIv;
    private readonly byte[] _openIv;
    private ulong _nextSequence;

    public RecordProtector(ReadOnlySpan<byte> sealKey, ReadOnlySpan<byte> sealIv, ReadOnlySpan<byte> openKey, ReadOnlySpan<byte> openIv)
    {
        _seal = new AesGcm(sealKey, TagSize);
        _open = new AesGcm(openKey, TagSize);
        _sealIv = sealIv.ToArray();
        _openIv = openIv.ToArray();
    }

    /// <summary>Writes one whole record; the destination holds at least the plaintext plus <see cref="DtlsLimits.RecordOverheadBytes"/>.</summary>
    public int Seal(byte contentType, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        var header = new DtlsRecordHeader(
            contentType, DtlsRecordHeader.Dtls12, Epoch, _nextSequence++, (ushort)(ExplicitNonceSize + plaintext.Length + TagSize));
        header.Write(destination);
        var body = destination.Slice(DtlsRecordHeader.Size, header.Length);
        BinaryPrimitives.WriteUInt64BigEndian(body, header.EpochAndSequence);

        Span<byte> nonce = stackalloc byte[FixedIvSize + ExplicitNonceSize];
        _sealIv.CopyTo(nonce);
        body[..ExplicitNonceSize].CopyTo(nonce[FixedIvSize..]);
        Span<byte> additional = stackalloc byte[AdditionalDataSize];
        WriteAdditionalData(header, plaintext.Length, additional);

        var ciphertext = body.Slice(ExplicitNonceSize, plaintext.Length);
        _seal.Encrypt(nonce, plaintext, ciphertext, body[(ExplicitNonceSize + plaintext.Length)..], additional);
        return DtlsRecordHeader.Size + header.Length;
    }

    /// <summary>False when the record is not authentic, or the destination is too small for it.</summary>
    public bool TryOpen(in DtlsRecordHeader header, ReadOnlySpan<byte> fragment, Span<byte> destination, out int length)
    {
        length = fragment.Length - ExplicitNonceSize - TagSize;
        if (length < 0 || length > destination.Length)
        {
            length = 0;
            return false;
        }

        Span<byte> nonce = stackalloc byte[FixedIvSize + ExplicitNonceSize];
        _openIv.CopyTo(nonce);
        fragment[..ExplicitNonceSize].CopyTo(nonce[FixedIvSize..]);
        Span<byte> additional = stackalloc byte[AdditionalDataSize];
        WriteAdditionalData(header, length, additional);
        try
        {
            _open.Decrypt(
                nonce, fragment.Slice(ExplicitNonceSize, length), fragment[(ExplicitNonceSize + length)..], destination[..length], additional);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            // RFC 6347 4.1.2.7: invalid records are dropped silently.
            length = 0;
            return false;
        }
    }

    public void Dispose()
    {
        _seal.Dispose();
        _open.Dispose();
        CryptographicOperations.ZeroMemory(_sealIv);
        CryptographicOperations.ZeroMemory(_openIv);
    }

    private static void WriteAdditionalData(in DtlsRecordHeader header, int plaintextLength, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, header.EpochAndSequence);
        destination[8] = header.ContentType;
        BinaryPrimitives.WriteUInt16BigEndian(destination[9..], header.Version);
        BinaryPrimitives.WriteUInt16BigEndian(destination[11..], (ushort)plaintextLength);
    }
}
