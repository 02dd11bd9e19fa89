using System.Buffers.Binary;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>Looks into encoded SCTP packets, for tests that drop or forge some.</summary>
internal static class SctpPackets
{
    public static bool Has(byte[] packet, ChunkType wanted)
    {
        var reader = new ChunkReader(packet.AsSpan(SctpPacketWriter.HeaderLength));
        while (reader.TryRead(out ChunkType type, out _, out _, out _))
        {
            if (type == wanted)
            {
                return true;
            }
        }

        return false;
    }

    public static uint TagOf(byte[] packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4));

    /// <summary>A packet of one chunk.</summary>
    public static byte[] Make(uint tag, ChunkType type, byte flags, ReadOnlySpan<byte> value)
    {
        byte[] packet = new byte[SctpPacketWriter.HeaderLength + ChunkReader.HeaderLength + ChunkReader.Padded(value.Length)];
        var writer = new SctpPacketWriter(packet, 5000, tag);
        value.CopyTo(writer.Append(type, flags, value.Length));
        writer.Finish(zeroChecksum: false);
        return packet;
    }

    /// <summary>A filter that drops the first so many packets with a chunk.</summary>
    public static Func<byte[], bool> DropFirst(ChunkType type, int count = 1) => packet => Has(packet, type) && count-- > 0;
}
