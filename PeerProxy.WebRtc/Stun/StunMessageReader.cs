using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PeerProxy.WebRtc.Stun;

/// <summary>A view of one STUN message in a datagram, RFC 8489 section 5. Never throws on what a peer sent.</summary>
/// <remarks><code>
///  0                   1                   2                   3
/// |0 0|     STUN Message Type     |         Message Length        |
/// |                         Magic Cookie                          |
/// |                     Transaction ID (96 bits)                  |
/// </code>
/// Attributes behind MESSAGE-INTEGRITY are not seen, except MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (section 14.5).</remarks>
public readonly ref struct StunMessageReader
{
    public const int HeaderSize = 20;
    public const uint MagicCookie = 0x2112A442;

    private readonly ReadOnlySpan<byte> _message;

    private StunMessageReader(ReadOnlySpan<byte> message) => _message = message;

    public StunClass Class => (StunClass)(((_message[0] & 1) << 1) | ((_message[1] >> 4) & 1));

    public StunMethod Method
    {
        get
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(_message);
            return (StunMethod)((type & 0x000F) | ((type >> 1) & 0x0070) | ((type >> 2) & 0x0F80));
        }
    }

    public StunTransactionId TransactionId => StunTransactionId.Read(_message[8..]);

    /// <summary>Header and attributes.</summary>
    public int Length => _message.Length;

    /// <summary>True when the bytes can only be STUN on a port shared with DTLS and TURN channels (RFC 7983): first byte 0..3 and the cookie.</summary>
    public static bool LooksLikeStun(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= HeaderSize && datagram[0] < 4 && BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) == MagicCookie;

    /// <summary>False unless the datagram is exactly one message whose attributes all lie within it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out StunMessageReader message)
    {
        message = default;
        if (!LooksLikeStun(datagram))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if ((length & 3) != 0 || HeaderSize + length != datagram.Length)
        {
            return false;
        }

        int offset = HeaderSize;
        while (offset < datagram.Length)
        {
            int valueLength = BinaryPrimitives.ReadUInt16BigEndian(datagram[(offset + 2)..]);
            offset += 4 + ((valueLength + 3) & ~3);
        }

        if (offset != datagram.Length)
        {
            return false;
        }

        message = new StunMessageReader(datagram);
        return true;
    }

    public Enumerator GetEnumerator() => new(_message);

    public bool Has(StunAttributeType type) => TryGet(type, out _);

    /// <summary>The first attribute of a type (RFC 8489 section 14: later ones are ignored).</summary>
    public bool TryGet(StunAttributeType type, out ReadOnlySpan<byte> value)
    {
        foreach (StunAttribute attribute in this)
        {
            if (attribute.Type == type)
            {
                value = attribute.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    public bool TryGetUInt32(StunAttributeType type, out uint value)
    {
        bool found = TryGet(type, out ReadOnlySpan<byte> bytes) && bytes.Length == 4;
        value = found ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;
        return found;
    }

    public bool TryGetUInt64(StunAttributeType type, out ulong value)
    {
        bool found = TryGet(type, out ReadOnlySpan<byte> bytes) && bytes.Length == 8;
        value = found ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;
        return found;
    }

    /// <summary>XOR-MAPPED-ADDRESS, XOR-PEER-ADDRESS or XOR-RELAYED-ADDRESS.</summary>
    public bool TryGetXorAddress(StunAttributeType type, out TransportAddress address)
    {
        address = default;
        return TryGet(type, out ReadOnlySpan<byte> value) && StunAddress.TryRead(value, _message.Slice(4, 16), out address);
    }

    /// <summary>The reflexive address of a Binding response; old servers send only the plain form.</summary>
    public bool TryGetMappedAddress(out TransportAddress address) =>
        TryGetXorAddress(StunAttributeType.XorMappedAddress, out address)
        || (TryGet(StunAttributeType.MappedAddress, out ReadOnlySpan<byte> value) && StunAddress.TryRead(value, default, out address));

    /// <summary>Where a 300 (Try Alternate) points to.</summary>
    public bool TryGetAlternateServer(out TransportAddress address)
    {
        address = default;
        return TryGet(StunAttributeType.AlternateServer, out ReadOnlySpan<byte> value) && StunAddress.TryRead(value, default, out address);
    }

    /// <param name="code">300..699.</param>
    public bool TryGetErrorCode(out int code)
    {
        code = 0;
        if (!TryGet(StunAttributeType.ErrorCode, out ReadOnlySpan<byte> value) || value.Length < 4)
        {
            return false;
        }

        int errorClass = value[2] & 7;
        code = (errorClass * 100) + value[3];
        return errorClass is >= 3 and <= 6 && value[3] < 100;
    }

    /// <summary>First half of an ICE check's USERNAME: the fragment of the side the message is sent to (RFC 8445 section 7.2.2).</summary>
    public bool TryGetLocalUsernameFragment(out ReadOnlySpan<byte> fragment)
    {
        fragment = default;
        if (!TryGet(StunAttributeType.Username, out ReadOnlySpan<byte> username))
        {
            return false;
        }

        int colon = username.IndexOf((byte)':');
        if (colon <= 0)
        {
            return false;
        }

        fragment = username[..colon];
        return true;
    }

    /// <summary>True when MESSAGE-INTEGRITY is present and right for the key.</summary>
    public bool CheckIntegrity(ReadOnlySpan<byte> key) => CheckIntegrity(StunAttributeType.MessageIntegrity, MessageIntegrity.Sha1Size, key);

    /// <summary>True when an untruncated MESSAGE-INTEGRITY-SHA256 is present and right for the key.</summary>
    public bool CheckIntegritySha256(ReadOnlySpan<byte> key) =>
        CheckIntegrity(StunAttributeType.MessageIntegritySha256, MessageIntegrity.Sha256Size, key);

    /// <summary>True when FINGERPRINT is the last attribute and right.</summary>
    public bool CheckFingerprint()
    {
        int offset = _message.Length - Crc32Fingerprint.AttributeSize;
        return TryGet(StunAttributeType.Fingerprint, out ReadOnlySpan<byte> value)
            && value.Length == 4
            && _message[offset..].Overlaps(value, out int position) && position == 4
            && BinaryPrimitives.ReadUInt32BigEndian(value) == Crc32Fingerprint.Compute(_message, offset);
    }

    private bool CheckIntegrity(StunAttributeType type, int hashSize, ReadOnlySpan<byte> key)
    {
        if (!TryGet(type, out ReadOnlySpan<byte> value) || value.Length != hashSize || !_message.Overlaps(value, out int valueOffset))
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[MessageIntegrity.Sha256Size];
        expected = expected[..hashSize];
        return MessageIntegrity.TryCompute(_message, valueOffset - 4, key, expected)
            && CryptographicOperations.FixedTimeEquals(expected, value);
    }

    /// <summary>Walks the attributes in the order of the message.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _message;
        private int _next = HeaderSize;
        private bool _integritySeen;

        internal Enumerator(ReadOnlySpan<byte> message) => _message = message;

        public StunAttribute Current { get; private set; }

        public bool MoveNext()
        {
            while (_next < _message.Length)
            {
                var type = (StunAttributeType)BinaryPrimitives.ReadUInt16BigEndian(_message[_next..]);
                int length = BinaryPrimitives.ReadUInt16BigEndian(_message[(_next + 2)..]);
                var attribute = new StunAttribute(type, _message.Slice(_next + 4, length));
                _next += 4 + ((length + 3) & ~3);
                if (_integritySeen && type is not (StunAttributeType.MessageIntegritySha256 or StunAttributeType.Fingerprint))
                {
                    continue;
                }

                _integritySeen |= type is StunAttributeType.MessageIntegrity or StunAttributeType.MessageIntegritySha256;
                Current = attribute;
                return true;
            }

            return false;
        }
    }
}
