using System.Buffers.Binary;
using System.Text;

namespace PeerProxy.WebRtc.DataChannels;

/// <summary>DATA_CHANNEL_OPEN and DATA_CHANNEL_ACK (RFC 8832 section 5).</summary>
/// <remarks>
/// <code>
/// |  Message Type | Channel Type  |            Priority           |
/// |                    Reliability Parameter                      |
/// |         Label Length          |       Protocol Length         |
/// |                     Label (UTF-8), Protocol (UTF-8)           |
/// </code>
/// </remarks>
internal sealed record DcepOpen
{
    public const byte AckType = 2;
    public const byte OpenType = 3;

    /// <summary>Longest label and protocol, in bytes of UTF-8: what the Web API allows.</summary>
    public const int MaxNameLength = ushort.MaxValue;

    private const int HeaderLength = 12;
    private const byte UnorderedBit = 0x80;
    private const byte Reliable = 0;
    private const byte LimitedRetransmits = 1;
    private const byte LimitedLifetime = 2;

    public string Label { get; init; } = "";

    public string Protocol { get; init; } = "";

    public bool Ordered { get; init; } = true;

    public ushort? MaxRetransmits { get; init; }

    public TimeSpan? MaxPacketLifeTime { get; init; }

    public byte[] Encode()
    {
        int labelLength = Encoding.UTF8.GetByteCount(Label);
        int protocolLength = Encoding.UTF8.GetByteCount(Protocol);
        byte[] message = new byte[HeaderLength + labelLength + protocolLength];
        byte kind = MaxRetransmits is not null ? LimitedRetransmits : MaxPacketLifeTime is not null ? LimitedLifetime : Reliable;
        uint parameter = MaxRetransmits ?? (uint)Math.Clamp(MaxPacketLifeTime?.TotalMilliseconds ?? 0, 0, uint.MaxValue);
        message[0] = OpenType;
        message[1] = (byte)(kind | (Ordered ? 0 : UnorderedBit));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), parameter);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(8), (ushort)labelLength);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(10), (ushort)protocolLength);
        Encoding.UTF8.GetBytes(Label, message.AsSpan(HeaderLength));
        Encoding.UTF8.GetBytes(Protocol, message.AsSpan(HeaderLength + labelLength));
        return message;
    }

    public static bool TryRead(ReadOnlySpan<byte> message, out DcepOpen open)
    {
        open = null!;
        if (message.Length < HeaderLength || message[0] != OpenType)
        {
            return false;
        }

        byte kind = (byte)(message[1] & ~UnorderedBit);
        uint parameter = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        int labelLength = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int protocolLength = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        if (kind > LimitedLifetime || message.Length != HeaderLength + labelLength + protocolLength)
        {
            return false;
        }

        open = new DcepOpen
        {
            Label = Encoding.UTF8.GetString(message.Slice(HeaderLength, labelLength)),
            Protocol = Encoding.UTF8.GetString(message[(HeaderLength + labelLength)..]),
            Ordered = (message[1] & UnorderedBit) == 0,
            MaxRetransmits = kind == LimitedRetransmits ? (ushort)Math.Min(parameter, ushort.MaxValue) : null,
            MaxPacketLifeTime = kind == LimitedLifetime ? TimeSpan.FromMilliseconds(parameter) : null,
        };
        return true;
    }
}
