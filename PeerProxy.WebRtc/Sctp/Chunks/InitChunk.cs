using System.Buffers.Binary;

namespace PeerProxy.WebRtc.Sctp.Chunks;

/// <summary>INIT and INIT-ACK (RFC 9260 sections 3.3.2 and 3.3.3), with the parameters that concern data channels.</summary>
/// <remarks>
/// <code>
/// |  Type = 1, 2  |  Flags = 0    |            Length             |
/// |                         Initiate Tag                          |
/// |           Advertised Receiver Window Credit (a_rwnd)          |
/// |  Number of Outbound Streams   |   Number of Inbound Streams   |
/// |                          Initial TSN                          |
/// |              Optional / Variable-Length Parameters            |
/// </code>
/// </remarks>
internal readonly ref struct InitChunk
{
    private const int FixedValueLength = 16;

    /// <summary>Lower layer error detection is DTLS (RFC 9653 section 6.2).</summary>
    private const uint ErrorDetectionByDtls = 1;

    public uint InitiateTag { get; init; }

    public uint ReceiverWindow { get; init; }

    public ushort OutboundStreams { get; init; }

    public ushort InboundStreams { get; init; }

    public uint InitialTsn { get; init; }

    public SctpFeatures Features { get; init; }

    /// <summary>State cookie of an INIT-ACK.</summary>
    public ReadOnlySpan<byte> Cookie { get; init; }

    /// <summary>Parameters to report as unrecognized, as a span from the first to the end of the last reportable one; empty when there are none.</summary>
    public ReadOnlySpan<byte> FirstUnrecognized { get; init; }

    /// <summary>Reads the value of an INIT or INIT-ACK. False when it is too short or its parameters are malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out InitChunk chunk)
    {
        chunk = default;
        if (value.Length < FixedValueLength)
        {
            return false;
        }

        var features = SctpFeatures.None;
        ReadOnlySpan<byte> cookie = default;
        ReadOnlySpan<byte> unrecognized = default;
        var reader = new ChunkReader(value[FixedValueLength..]);
        bool stop = false;
        while (!stop && reader.TryReadParameter(out ushort type, out ReadOnlySpan<byte> parameter, out ReadOnlySpan<byte> whole))
        {
            switch (type)
            {
                case ParameterType.StateCookie:
                    cookie = parameter;
                    break;
                case ParameterType.ForwardTsnSupported:
                    features |= SctpFeatures.PartialReliability;
                    break;
                case ParameterType.SupportedExtensions:
                    features |= FromExtensions(parameter);
                    break;
                case ParameterType.ZeroChecksumAcceptable:
                    if (parameter.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(parameter) == ErrorDetectionByDtls)
                    {
                        features |= SctpFeatures.ZeroChecksum;
                    }

                    break;
                default:
                    // RFC 9260 3.2.1: bit 15 clear stops the processing, bit 14 asks for a report.
                    if (unrecognized.IsEmpty && (type & 0x4000) != 0)
                    {
                        unrecognized = whole;
                    }

                    stop = (type & 0x8000) == 0 && !IsKnownAddressParameter(type);
                    break;
            }
        }

        if (reader.IsMalformed)
        {
            return false;
        }

        chunk = new InitChunk
        {
            InitiateTag = BinaryPrimitives.ReadUInt32BigEndian(value),
            ReceiverWindow = BinaryPrimitives.ReadUInt32BigEndian(value[4..]),
            OutboundStreams = BinaryPrimitives.ReadUInt16BigEndian(value[8..]),
            InboundStreams = BinaryPrimitives.ReadUInt16BigEndian(value[10..]),
            InitialTsn = BinaryPrimitives.ReadUInt32BigEndian(value[12..]),
            Features = features,
            Cookie = cookie,
            FirstUnrecognized = unrecognized,
        };
        return true;
    }

    /// <summary>Whether a readable chunk is acceptable: RFC 9260 3.3.2 wants a tag and streams in both directions.</summary>
    public bool IsAcceptable => InitiateTag != 0 && OutboundStreams != 0 && InboundStreams != 0;

    /// <summary>Appends the chunk; <paramref name="cookie"/> and <paramref name="unrecognized"/> belong to an INIT-ACK.</summary>
    public static void Write(ref SctpPacketWriter writer, ChunkType type, scoped in InitChunk chunk, scoped ReadOnlySpan<byte> cookie, scoped ReadOnlySpan<byte> unrecognized)
    {
        Span<byte> parameters = stackalloc byte[64];
        int length = WriteFeatures(parameters, chunk.Features);
        int reported = unrecognized.IsEmpty ? 0 : ChunkReader.HeaderLength + ChunkReader.Padded(unrecognized.Length);
        int cookieLength = cookie.IsEmpty ? 0 : ChunkReader.HeaderLength + ChunkReader.Padded(cookie.Length);
        Span<byte> value = writer.Append(type, 0, FixedValueLength + length + cookieLength + reported);
        BinaryPrimitives.WriteUInt32BigEndian(value, chunk.InitiateTag);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], chunk.ReceiverWindow);
        BinaryPrimitives.WriteUInt16BigEndian(value[8..], chunk.OutboundStreams);
        BinaryPrimitives.WriteUInt16BigEndian(value[10..], chunk.InboundStreams);
        BinaryPrimitives.WriteUInt32BigEndian(value[12..], chunk.InitialTsn);
        value = value[FixedValueLength..];
        parameters[..length].CopyTo(value);
        value = value[length..];
        if (!cookie.IsEmpty)
        {
            value = value[WriteParameter(value, ParameterType.StateCookie, cookie)..];
        }

        if (!unrecognized.IsEmpty)
        {
            WriteParameter(value, ParameterType.UnrecognizedParameter, unrecognized);
        }
    }

    private static bool IsKnownAddressParameter(ushort type) => type is 5 or 6 or 9 or 11 or 12;

    private static SctpFeatures FromExtensions(ReadOnlySpan<byte> types)
    {
        var features = SctpFeatures.None;
        foreach (byte type in types)
        {
            features |= (ChunkType)type switch
            {
                ChunkType.ReConfig => SctpFeatures.StreamReset,
                ChunkType.ForwardTsn => SctpFeatures.PartialReliability,
                ChunkType.IData => SctpFeatures.Interleaving,
                ChunkType.Pad => SctpFeatures.Padding,
                _ => SctpFeatures.None,
            };
        }

        return features;
    }

    private static int WriteFeatures(Span<byte> destination, SctpFeatures features)
    {
        int length = 0;
        Span<byte> extensions = stackalloc byte[8];
        int count = 0;
        if (features.HasFlag(SctpFeatures.PartialReliability))
        {
            length += WriteParameter(destination, ParameterType.ForwardTsnSupported, default);
            extensions[count++] = (byte)ChunkType.ForwardTsn;
        }

        if (features.HasFlag(SctpFeatures.StreamReset))
        {
            extensions[count++] = (byte)ChunkType.ReConfig;
        }

        if (features.HasFlag(SctpFeatures.Interleaving))
        {
            extensions[count++] = (byte)ChunkType.IData;
            extensions[count++] = (byte)ChunkType.IForwardTsn;
        }

        if (features.HasFlag(SctpFeatures.Padding))
        {
            extensions[count++] = (byte)ChunkType.Pad;
        }

        if (features.HasFlag(SctpFeatures.ZeroChecksum))
        {
            Span<byte> method = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(method, ErrorDetectionByDtls);
            length += WriteParameter(destination[length..], ParameterType.ZeroChecksumAcceptable, method);
        }

        if (count > 0)
        {
            length += WriteParameter(destination[length..], ParameterType.SupportedExtensions, extensions[..count]);
        }

        return length;
    }

    private static int WriteParameter(Span<byte> destination, ushort type, ReadOnlySpan<byte> value)
    {
        int length = ChunkReader.HeaderLength + value.Length;
        int padded = ChunkReader.Padded(length);
        BinaryPrimitives.WriteUInt16BigEndian(destination, type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
        value.CopyTo(destination[ChunkReader.HeaderLength..]);
        destination[length..padded].Clear();
        return padded;
    }
}
