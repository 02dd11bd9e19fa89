using System.Buffers.Binary;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>What a side announces in SETTINGS. The defaults hold until it arrives, and a setting only raises a limit.</summary>
/// <remarks>The payload is pairs of identifier (16 bits) and value (32 bits); unknown identifiers are ignored, of a repeated one the last counts.</remarks>
public sealed record TunnelSettings
{
    /// <summary>Bytes of one identifier and value.</summary>
    public const int EntrySize = 6;

    /// <summary>The highest version this code speaks. 1: the first.</summary>
    public const uint CurrentVersion = 1;

    public static readonly TunnelSettings Default = new();

    private static readonly Range[] Ranges =
    [
        new(1, 1, uint.MaxValue),
        new(2, 1_048_576, 16_777_216),
        new(3, 8_388_608, 67_108_864),
        new(4, 256, 65_536),
        new(5, 262_144, 1_048_576),
        new(6, 0, uint.MaxValue),
    ];

    /// <summary>The highest version the sender speaks.</summary>
    public uint Version { get; init; } = CurrentVersion;

    /// <summary>Bytes the peer may send on a new stream before the first CREDIT.</summary>
    public uint InitialStreamCredit { get; init; } = 1_048_576;

    /// <summary>Bytes the peer may send on all streams before the first CREDIT of stream 0.</summary>
    public uint InitialConnectionCredit { get; init; } = 8_388_608;

    /// <summary>Streams the peer may have open at once.</summary>
    public uint MaxStreams { get; init; } = 256;

    /// <summary>Size of one head, encoded and also measured as in RFC 9114 section 4.2.2.</summary>
    public uint MaxHeadBytes { get; init; } = 262_144;

    /// <summary>Bit set; none defined in version 1.</summary>
    public uint Features { get; init; }

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public static int EncodedSize => Ranges.Length * EntrySize;

    /// <summary>The version both sides use: the lower one. 0 when there is none.</summary>
    public static uint Negotiate(uint ours, uint theirs) => Math.Min(ours, theirs);

    public void Write(Span<byte> destination)
    {
        ReadOnlySpan<uint> values = [Version, InitialStreamCredit, InitialConnectionCredit, MaxStreams, MaxHeadBytes, Features];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[(i * EntrySize)..], Ranges[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(destination[(i * EntrySize + 2)..], values[i]);
        }
    }

    /// <summary>Reads a payload whose length <see cref="FrameHeader.TryRead"/> has checked. Never throws.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out TunnelSettings settings, out TunnelErrorCode error)
    {
        settings = Default;
        error = TunnelErrorCode.Protocol;
        if (payload.Length % EntrySize != 0)
        {
            return false;
        }

        for (; payload.Length > 0; payload = payload[EntrySize..])
        {
            var id = BinaryPrimitives.ReadUInt16BigEndian(payload);
            var value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
            if (id == 0 || id > Ranges.Length)
            {
                continue;
            }

            var range = Ranges[id - 1];
            if (value < range.Minimum || value > range.Maximum)
            {
                error = id == 1 ? TunnelErrorCode.Version : TunnelErrorCode.Protocol;
                return false;
            }

            settings = id switch
            {
                1 => settings with { Version = value },
                2 => settings with { InitialStreamCredit = value },
                3 => settings with { InitialConnectionCredit = value },
                4 => settings with { MaxStreams = value },
                5 => settings with { MaxHeadBytes = value },
                _ => settings with { Features = value },
            };
        }

        error = TunnelErrorCode.NoError;
        return true;
    }

    private readonly record struct Range(ushort Id, uint Minimum, uint Maximum);
}
