using System.Buffers.Binary;
using System.Text;

namespace PeerProxy.WebRtc.Stun;

/// <summary>Writes one STUN message into a caller's span. A message that does not fit ends as length 0, never as an exception.</summary>
public ref struct StunMessageWriter
{
    private readonly Span<byte> _buffer;
    private int _length;
    private bool _overflow;

    public StunMessageWriter(Span<byte> destination, StunClass messageClass, StunMethod method, in StunTransactionId transactionId)
    {
        _buffer = destination;
        if (destination.Length < StunMessageReader.HeaderSize)
        {
            _overflow = true;
            return;
        }

        int m = (int)method;
        int type = (m & 0x000F) | ((m & 0x0070) << 1) | ((m & 0x0F80) << 2)
            | (((int)messageClass & 1) << 4) | (((int)messageClass & 2) << 7);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StunMessageReader.MagicCookie);
        transactionId.Write(destination[8..]);
        _length = StunMessageReader.HeaderSize;
    }

    /// <summary>Bytes written; 0 when the destination was too short.</summary>
    public readonly int Length => _overflow ? 0 : _length;

    public void Add(StunAttributeType type, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> destination = Reserve(type, value.Length);
        if (!_overflow)
        {
            value.CopyTo(destination);
        }
    }

    public void Add(StunAttributeType type, string value)
    {
        Span<byte> destination = Reserve(type, Encoding.UTF8.GetByteCount(value));
        if (!_overflow)
        {
            Encoding.UTF8.GetBytes(value, destination);
        }
    }

    public void AddUInt32(StunAttributeType type, uint value)
    {
        Span<byte> destination = Reserve(type, 4);
        if (!_overflow)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, value);
        }
    }

    public void AddUInt64(StunAttributeType type, ulong value)
    {
        Span<byte> destination = Reserve(type, 8);
        if (!_overflow)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, value);
        }
    }

    public void AddXorAddress(StunAttributeType type, in TransportAddress address)
    {
        Span<byte> destination = Reserve(type, StunAddress.Length(address));
        if (!_overflow)
        {
            StunAddress.Write(destination, address, _buffer.Slice(4, 16));
        }
    }

    /// <param name="code">300..699.</param>
    public void AddErrorCode(int code, string reason)
    {
        Span<byte> destination = Reserve(StunAttributeType.ErrorCode, 4 + Encoding.UTF8.GetByteCount(reason));
        if (!_overflow)
        {
            destination[..2].Clear();
            destination[2] = (byte)(code / 100);
            destination[3] = (byte)(code % 100);
            Encoding.UTF8.GetBytes(reason, destination[4..]);
        }
    }

    /// <summary>MESSAGE-INTEGRITY over all written so far; only FINGERPRINT may follow.</summary>
    public void AddIntegrity(scoped ReadOnlySpan<byte> key) => AddIntegrity(StunAttributeType.MessageIntegrity, MessageIntegrity.Sha1Size, key);

    /// <summary>MESSAGE-INTEGRITY-SHA256 over all written so far; only FINGERPRINT may follow.</summary>
    public void AddIntegritySha256(scoped ReadOnlySpan<byte> key) =>
        AddIntegrity(StunAttributeType.MessageIntegritySha256, MessageIntegrity.Sha256Size, key);

    /// <summary>FINGERPRINT: always the last attribute.</summary>
    public void AddFingerprint()
    {
        int offset = _length;
        Span<byte> destination = Reserve(StunAttributeType.Fingerprint, 4);
        if (!_overflow)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, Crc32Fingerprint.Compute(_buffer, offset));
        }
    }

    private void AddIntegrity(StunAttributeType type, int hashSize, scoped ReadOnlySpan<byte> key)
    {
        int offset = _length;
        Span<byte> destination = Reserve(type, hashSize);
        if (!_overflow)
        {
            _overflow = !MessageIntegrity.TryCompute(_buffer, offset, key, destination);
        }
    }

    private Span<byte> Reserve(StunAttributeType type, int valueLength)
    {
        int padded = (valueLength + 3) & ~3;
        int newLength = _length + 4 + padded;
        if (_overflow || newLength > _buffer.Length || newLength - StunMessageReader.HeaderSize > ushort.MaxValue)
        {
            _overflow = true;
            return default;
        }

        Span<byte> attribute = _buffer[_length..newLength];
        BinaryPrimitives.WriteUInt16BigEndian(attribute, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(attribute[2..], (ushort)valueLength);
        attribute[(4 + valueLength)..].Clear();
        _length = newLength;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)(newLength - StunMessageReader.HeaderSize));
        return attribute.Slice(4, valueLength);
    }
}
