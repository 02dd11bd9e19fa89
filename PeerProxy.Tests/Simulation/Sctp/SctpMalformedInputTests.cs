using System.Buffers.Binary;
using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>Bytes of the peer never throw and never make us hold much: a panic is our bug, never bad input.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpMalformedInputTests
{
    [Fact]
    public void EveryPacketOfASession_TruncatedAndFlipped_NeverThrows()
    {
        List<byte[]> packets = Record();
        var target = new Target();
        foreach (byte[] packet in packets)
        {
            for (int length = 0; length < packet.Length; length += length < 64 ? 1 : 7)
            {
                target.Feed(packet.AsSpan(0, length));
            }

            int bits = Math.Min(packet.Length, 80) * 8;
            for (int bit = 0; bit < bits; bit++)
            {
                byte[] flipped = (byte[])packet.Clone();
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                target.Feed(flipped);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void RandomChunks_OnALiveAssociation_NeverThrow(int seed)
    {
        var random = new SeededRandom(seed);
        var target = new Target();
        byte[] types = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 0x40, 0x82, 0x84, 0xC0, 0xC2, 0x3F, 0x7F, 0xBF, 0xFF];
        for (int i = 0; i < 2000; i++)
        {
            byte[] value = new byte[random.Next(64)];
            random.Fill(value);
            target.Feed(SctpPackets.Make(target.Tag, (ChunkType)types[random.Next(types.Length)], (byte)random.Next(16), value));
        }
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 20)];

    [Theory]
    [InlineData("reversed block", 5, 5, 3)]
    [InlineData("block at the cumulative TSN", 0, 1, 2)]
    [InlineData("block of everything", 0, 2, 65535)]
    [InlineData("cumulative TSN beyond what was sent", 1000, 0, 0)]
    [InlineData("cumulative TSN far back", -5, 0, 0)]
    public void Sack_Impossible_ChangesNothing(string name, int cumulativeOffset, ushort start, ushort end)
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.AssertDelivers();
        scenario.Network.ToRight.IsCut = true;
        scenario.Left.Send(1, new byte[20_000], scenario.Now);
        scenario.Network.Run(TimeSpan.FromMilliseconds(5));
        SctpStatistics before = scenario.Left.Association.Statistics;
        byte[] value = new byte[start == 0 ? 12 : 16];
        BinaryPrimitives.WriteUInt32BigEndian(value, (uint)(scenario.Left.Association.Sender.Ring.CumulativeTsn + cumulativeOffset));
        BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(4), 12345);
        if (start != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(8), 1);
            BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(12), start);
            BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(14), end);
        }

        scenario.Left.Association.Handle(SctpPackets.Make(LocalTagOf(scenario.Left), ChunkType.Sack, 0, value), scenario.Now);
        SctpStatistics after = scenario.Left.Association.Statistics;
        Assert.Equal(before with { PacketsReceived = after.PacketsReceived, PacketsDiscarded = after.PacketsDiscarded }, after);
        Assert.True(after.PacketsDiscarded == before.PacketsDiscarded + 1, name);
    }

    [Fact]
    public void ForwardTsn_FarAhead_IsDoneInBoundedTime()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        byte[] value = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(value, (uint)(scenario.Right.Association.Receiver!.CumulativeTsn + 2_000_000_000));
        scenario.Right.Association.Handle(SctpPackets.Make(LocalTagOf(scenario.Right), ChunkType.IForwardTsn, 0, value), scenario.Now);
        Assert.Equal(SctpState.Established, scenario.Right.Association.State);
    }

    [Fact]
    public void Fragments_WithoutEnd_StopAtTheMessageLimit()
    {
        SctpScenario scenario = new SctpScenario(new SctpOptions { MaxMessageSize = 400_000 }, new SctpOptions { MaxMessageSize = 100_000 }).Connected();
        scenario.Left.Send(1, new byte[300_000], scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.CloseReason is not null, SctpScenario.Limit));
        Assert.Equal(SctpCloseReason.LimitExceeded, scenario.Right.CloseReason);
        scenario.Network.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(SctpCloseReason.AbortedByPeer, scenario.Left.CloseReason);
    }

    [Fact]
    public void Tsn_FarAhead_IsNeitherHeldNorAcknowledged()
    {
        SctpScenario scenario = new SctpScenario(new SctpOptions { OfferInterleaving = false }).Connected();
        long before = scenario.Right.Association.Receiver!.CumulativeTsn;
        byte[] value = new byte[112];
        BinaryPrimitives.WriteUInt32BigEndian(value, (uint)(before + 60_000));
        scenario.Right.Association.Handle(SctpPackets.Make(LocalTagOf(scenario.Right), ChunkType.Data, 3, value), scenario.Now);
        Assert.Equal(0, scenario.Right.Association.Statistics.HeldReceiveBytes);
        Assert.Equal(before, scenario.Right.Association.Receiver.HighestTsn);
    }

    [Theory]
    [InlineData(0x3F, false, true)]
    [InlineData(0x7F, true, true)]
    [InlineData(0xBF, false, false)]
    [InlineData(0xFF, true, false)]
    public void UnknownChunk_ByItsTopBits_IsReportedAndStopsOrNot(byte type, bool reports, bool stops)
    {
        SctpScenario scenario = new SctpScenario().Connected();
        byte[] packet = new byte[12 + 8 + 12];
        var writer = new SctpPacketWriter(packet, 5000, LocalTagOf(scenario.Right));
        writer.Append((ChunkType)type, 0, 4);
        writer.Append(ChunkType.Heartbeat, 0, 8);
        writer.Finish(zeroChecksum: false);
        scenario.Right.Association.Handle(packet, scenario.Now);
        byte[] answer = new byte[1500];
        bool answered = scenario.Right.Association.TryPollPacket(scenario.Now, answer, out int written);
        answer = answer[..written];
        Assert.Equal(reports, answered && SctpPackets.Has(answer, ChunkType.Error));
        Assert.Equal(!stops, answered && SctpPackets.Has(answer, ChunkType.HeartbeatAck));
    }

    private static uint LocalTagOf(SctpPeer peer) => peer.Association.LocalTag;

    private static List<byte[]> Record()
    {
        var packets = new List<byte[]>();
        var scenario = new SctpScenario(new SctpOptions { OfferZeroChecksum = false, OfferInterleaving = false }, new SctpOptions { OfferZeroChecksum = false });
        bool Keep(byte[] packet)
        {
            packets.Add(packet);
            return false;
        }

        scenario.Network.ToRight.Filter = Keep;
        scenario.Network.ToLeft.Filter = Keep;
        scenario.Connected().AssertDelivers();
        scenario.Left.Association.ResetStreams([3], scenario.Now);
        scenario.Network.Run(TimeSpan.FromMilliseconds(100));
        scenario.Left.Association.Shutdown(scenario.Now);
        scenario.Network.Run(TimeSpan.FromMilliseconds(100));
        return packets;
    }

    /// <summary>An association that takes everything as if it were for it: zero checksums are fine, and the tag is put right.</summary>
    private sealed class Target
    {
        private readonly byte[] _output = new byte[2048];
        private SctpScenario _scenario = new SctpScenario(new SctpOptions { OfferInterleaving = false }).Connected();
        private int _fed;

        public uint Tag => LocalTagOf(_scenario.Right);

        public void Feed(ReadOnlySpan<byte> packet)
        {
            byte[] copy = packet.ToArray();
            if (copy.Length >= SctpPacketWriter.HeaderLength)
            {
                BinaryPrimitives.WriteUInt32BigEndian(copy.AsSpan(4), copy.Length > 12 && copy[12] == (byte)ChunkType.Init ? 0 : Tag);
                Crc32c.Write(copy);
            }

            Timestamp now = _scenario.Now + TimeSpan.FromMilliseconds(++_fed);
            SctpAssociation association = _scenario.Right.Association;
            association.Handle(copy, now);
            association.HandleTimeout(now);
            while (association.TryPollPacket(now, _output, out _))
            {
            }

            while (association.TryPollEvent(out SctpEvent e))
            {
                e.Payload?.Dispose();
                association.ReleaseReceived(e.WindowBytes, now);
            }

            if (association.State == SctpState.Ended || _fed > 3000)
            {
                _fed = 0;
                _scenario = new SctpScenario(new SctpOptions { OfferInterleaving = false }).Connected();
            }
        }
    }
}
