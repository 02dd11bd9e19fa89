using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PeerProxy.WebRtc.Sctp;

/// <summary>What a passive side would have to remember of an INIT, given to the peer to keep (RFC 9260 sections 5.1.3 and 5.1.5).</summary>
/// <remarks>
/// <code>
/// | magic (8) | made at, ticks (8) | local tag (4) | peer tag (4) | local TSN (4) | peer TSN (4) | peer a_rwnd (4) |
/// | peer outbound (2) | peer inbound (2) | local tie tag (4) | peer tie tag (4) | peer features (1) | zero (3) | HMAC-SHA256 (32) |
/// </code>
/// </remarks>
internal readonly record struct StateCookie
{
    public const int Length = BodyLength + MacLength;

    private const int BodyLength = 56;
    private const int MacLength = 32;

    /// <summary>Valid.Cookie.Life of RFC 9260 section 16.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private static readonly Lazy<byte[]> ProcessSecret = new(() => RandomNumberGenerator.GetBytes(32));

    private static ReadOnlySpan<byte> Magic => "PeerPrx1"u8;

    public Timestamp MadeAt { get; init; }

    public uint LocalTag { get; init; }

    public uint PeerTag { get; init; }

    public uint LocalInitialTsn { get; init; }

    public uint PeerInitialTsn { get; init; }

    public uint PeerReceiveWindow { get; init; }

    public ushort PeerOutboundStreams { get; init; }

    public ushort PeerInboundStreams { get; init; }

    public uint LocalTieTag { get; init; }

    public uint PeerTieTag { get; init; }

    public SctpFeatures PeerFeatures { get; init; }

    public void Write(Span<byte> destination, byte[]? secret)
    {
        Span<byte> body = destination[..BodyLength];
        body.Clear();
        Magic.CopyTo(body);
        BinaryPrimitives.WriteInt64BigEndian(body[8..], MadeAt.Ticks);
        BinaryPrimitives.WriteUInt32BigEndian(body[16..], LocalTag);
        BinaryPrimitives.WriteUInt32BigEndian(body[20..], PeerTag);
        BinaryPrimitives.WriteUInt32BigEndian(body[24..], LocalInitialTsn);
        BinaryPrimitives.WriteUInt32BigEndian(body[28..], PeerInitialTsn);
        BinaryPrimitives.WriteUInt32BigEndian(body[32..], PeerReceiveWindow);
        BinaryPrimitives.WriteUInt16BigEndian(body[36..], PeerOutboundStreams);
        BinaryPrimitives.WriteUInt16BigEndian(body[38..], PeerInboundStreams);
        BinaryPrimitives.WriteUInt32BigEndian(body[40..], LocalTieTag);
        BinaryPrimitives.WriteUInt32BigEndian(body[44..], PeerTieTag);
        body[48] = (byte)PeerFeatures;
        HMACSHA256.HashData(secret ?? ProcessSecret.Value, body, destination.Slice(BodyLength, MacLength));
    }

    /// <summary>Reads a cookie this process made; false for any other bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, byte[]? secret, out StateCookie cookie)
    {
        cookie = default;
        if (source.Length != Length)
        {
            return false;
        }

        ReadOnlySpan<byte> body = source[..BodyLength];
        Span<byte> mac = stackalloc byte[MacLength];
        HMACSHA256.HashData(secret ?? ProcessSecret.Value, body, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, source[BodyLength..]))
        {
            return false;
        }

        cookie = new StateCookie
        {
            MadeAt = new Timestamp(BinaryPrimitives.ReadInt64BigEndian(body[8..])),
            LocalTag = BinaryPrimitives.ReadUInt32BigEndian(body[16..]),
            PeerTag = BinaryPrimitives.ReadUInt32BigEndian(body[20..]),
            LocalInitialTsn = BinaryPrimitives.ReadUInt32BigEndian(body[24..]),
            PeerInitialTsn = BinaryPrimitives.ReadUInt32BigEndian(body[28..]),
            PeerReceiveWindow = BinaryPrimitives.ReadUInt32BigEndian(body[32..]),
            PeerOutboundStreams = BinaryPrimitives.ReadUInt16BigEndian(body[36..]),
            PeerInboundStreams = BinaryPrimitives.ReadUInt16BigEndian(body[38..]),
            LocalTieTag = BinaryPrimitives.ReadUInt32BigEndian(body[40..]),
            PeerTieTag = BinaryPrimitives.ReadUInt32BigEndian(body[44..]),
            PeerFeatures = (SctpFeatures)body[48],
        };
        return true;
    }
}
