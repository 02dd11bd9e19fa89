using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>Data transfer in named cases: numbers that wrap, windows that close, tails, repairs, partial reliability, resets.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpDataTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tsn_CrossingZero_NothingStalls(bool interleaving)
    {
        var options = new SctpOptions { OfferInterleaving = interleaving };
        var left = new SctpAssociation(options, new WrappingRandom());
        var right = new SctpPeer(options, 2) { KeepMessages = false };
        var peer = new WrappedPeer(left);
        var link = new LinkSettings { Delay = TimeSpan.FromMilliseconds(5), Loss = 0.02 };
        var network = new SimulatedNetwork(peer, right, link, link, 3);
        left.Connect(network.Now);
        int sent = 0;
        peer.Application = now =>
        {
            while (sent < 200 && left.TrySend(1, 53, new byte[4000], default, now))
            {
                sent++;
            }
        };
        Assert.True(network.RunUntil(() => right.MessagesReceived == 200, SctpScenario.Limit));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MessageNumber_CrossingSixteenBits_StaysInOrder(bool interleaving)
    {
        var options = new SctpOptions { OfferInterleaving = interleaving, SendQueueLimit = 1 << 20 };
        SctpScenario scenario = new SctpScenario(options, options, new LinkSettings { Delay = TimeSpan.FromMilliseconds(1) }).Connected();
        scenario.Right.KeepMessages = false;
        const int count = 66_000;
        int sent = 0;
        scenario.Left.Application = now =>
        {
            while (sent < count && scenario.Left.Association.QueuedBytes < 50_000 && scenario.Left.Send(1, new byte[4], now))
            {
                sent++;
            }
        };
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.MessagesReceived == count, SctpScenario.Limit));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1159)]
    [InlineData(1160)]
    [InlineData(1163)]
    [InlineData(1164)]
    [InlineData(1165)]
    [InlineData(2328)]
    [InlineData(262_144)]
    public void Message_OfThisLength_Arrives(int length)
    {
        SctpScenario scenario = new SctpScenario(new SctpOptions { OfferInterleaving = false }).Connected();
        scenario.AssertDelivers(length);
    }

    [Fact]
    public void Window_ReaderStuckThenFree_ProbesAndGoesOn()
    {
        SctpScenario scenario = new SctpScenario(right: new SctpOptions { ReceiveWindow = 100_000, TuneReceiveWindow = false }).Connected();
        scenario.Right.ReleaseAtOnce = false;
        for (int i = 0; i < 40; i++)
        {
            Assert.True(scenario.Left.Send(1, new byte[10_000], scenario.Now));
        }

        scenario.Network.Run(TimeSpan.FromSeconds(30));
        Assert.InRange(scenario.Right.BytesReceived, 80_000, 170_000);
        Assert.Equal(SctpState.Established, scenario.Left.Association.State);
        scenario.Right.ReleaseAtOnce = true;
        scenario.Right.Release(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.MessagesReceived == 40, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Tail_LastPacketLost_ProbeRepairsItBeforeTheTimeout()
    {
        SctpScenario scenario = new SctpScenario(link: new LinkSettings { Delay = TimeSpan.FromMilliseconds(10) }).Connected();
        scenario.AssertDelivers();
        scenario.Network.ToRight.Filter = SctpPackets.DropFirst(ChunkType.IData);
        Timestamp start = scenario.Now;
        scenario.AssertDelivers(length: 500);
        Assert.InRange((scenario.Now - start).TotalMilliseconds, 30, 120);
        Assert.Equal(0, scenario.Left.Association.Statistics.RetransmissionTimeouts);
        Assert.Equal(1, scenario.Left.Association.Statistics.TailProbes);
    }

    [Fact]
    public void Retransmission_LostAgain_IsRepairedWithoutTimeout()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.AssertDelivers(100_000);
        uint? victim = null;
        int dropped = 0;
        scenario.Network.ToRight.Filter = packet =>
        {
            var reader = new ChunkReader(packet.AsSpan(SctpPacketWriter.HeaderLength));
            while (reader.TryRead(out ChunkType type, out byte flags, out ReadOnlySpan<byte> value, out _))
            {
                if (type == ChunkType.IData && DataChunk.TryReadIData(flags, value, out DataChunk chunk))
                {
                    victim ??= chunk.Tsn;
                    if (chunk.Tsn == victim && dropped < 3)
                    {
                        dropped++;
                        return true;
                    }
                }
            }

            return false;
        };
        scenario.AssertDelivers(250_000);
        Assert.Equal(3, dropped);
        Assert.Equal(0, scenario.Left.Association.Statistics.RetransmissionTimeouts);
    }

    [Fact]
    public void Reordering_WithinAQuarterRoundTrip_SoonCausesNoRepairs()
    {
        var link = new LinkSettings { Delay = TimeSpan.FromMilliseconds(25), Reorder = 0.05, ReorderDelay = TimeSpan.FromMilliseconds(8), BitsPerSecond = 50e6 };
        SctpScenario scenario = new SctpScenario(link: link).Connected();
        for (int i = 0; i < 20; i++)
        {
            scenario.AssertDelivers(200_000);
        }

        SctpStatistics statistics = scenario.Left.Association.Statistics;
        Assert.True(statistics.ChunksRetransmitted < statistics.DataChunksSent / 100, $"{statistics}");
    }

    [Fact]
    public void PartialReliability_NoRetransmits_LostMessagesAreSkipped()
    {
        SctpScenario scenario = new SctpScenario(link: new LinkSettings { Delay = TimeSpan.FromMilliseconds(10), Loss = 0.1 }).Connected();
        int got = 0;
        for (int i = 0; i < 300; i++)
        {
            scenario.Left.Send((ushort)(i % 3), new byte[3000], scenario.Now, new SctpSendOptions { MaxRetransmits = 0, Unordered = i % 3 == 2 });
            scenario.Network.Run(TimeSpan.FromMilliseconds(5));
        }

        Assert.True(scenario.Network.RunUntil(() => scenario.Left.Association.UnacknowledgedBytes == 0 && scenario.Left.Association.Sender.Ring.Count == 0, SctpScenario.Limit));
        got = scenario.Right.Messages.Count;
        Assert.InRange(got, 150, 299);
        scenario.AssertDelivers();
    }

    [Fact]
    public void PartialReliability_LifetimeOver_NeitherSentNorKept()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.Network.ToRight.IsCut = true;
        for (int i = 0; i < 50; i++)
        {
            Assert.True(scenario.Left.Send(1, new byte[2000], scenario.Now, new SctpSendOptions { Lifetime = TimeSpan.FromMilliseconds(100) }));
        }

        scenario.Network.Run(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, scenario.Left.Association.UnacknowledgedBytes);
        scenario.Network.ToRight.IsCut = false;
        scenario.AssertDelivers();
    }

    [Fact]
    public void StreamReset_DataUnderWay_ThreeStreams_AllDeliveredThenReset()
    {
        SctpScenario scenario = new SctpScenario(link: new LinkSettings { Delay = TimeSpan.FromMilliseconds(20), Loss = 0.05, BitsPerSecond = 5e6 }).Connected();
        foreach (ushort stream in (ushort[])[1, 2, 3])
        {
            scenario.Left.Send(stream, new byte[50_000], scenario.Now);
        }

        scenario.Left.Association.ResetStreams([1, 2, 3], scenario.Now);
        Assert.False(scenario.Left.Send(1, new byte[1], scenario.Now));
        Assert.True(scenario.Network.RunUntil(() => scenario.Left.Events.Count(e => e.Kind == SctpEventKind.OutgoingStreamReset) == 3, SctpScenario.Limit));
        Assert.Equal(3, scenario.Right.Messages.Count);
        Assert.Equal([1, 2, 3], scenario.Right.Events.Where(e => e.Kind == SctpEventKind.IncomingStreamReset).Select(e => (int)e.StreamId).Order());
        Assert.True(scenario.Left.Send(1, new byte[10], scenario.Now));
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.Messages.Count == 4, SctpScenario.Limit));
    }

    [Fact]
    public void Mtu_LargerPath_IsFoundAndBlackHoleFallsBack()
    {
        var link = new LinkSettings { Delay = TimeSpan.FromMilliseconds(10), MaxPacket = 1412 };
        SctpScenario scenario = new SctpScenario(link: link).Connected();
        scenario.AssertDelivers(200_000);
        Assert.True(scenario.Network.RunUntil(() => scenario.Left.Association.MaxPacketSize == 1412, TimeSpan.FromSeconds(20)));
        scenario.AssertDelivers(50_000);
        scenario.Network.ToRight.Settings = link with { MaxPacket = 1300 };
        scenario.Left.Send(3, new byte[1200], scenario.Now);
        scenario.Left.Send(3, new byte[1200], scenario.Now);
        scenario.Network.Run(TimeSpan.FromSeconds(5));
        scenario.AssertDelivers(1000);
    }

    [Theory]
    [InlineData(int.MaxValue, int.MaxValue, SctpOptions.LargestPacketSize)]
    [InlineData(int.MaxValue, PathMtuProber.UsualMaximum, PathMtuProber.UsualMaximum)]
    [InlineData(1500, int.MaxValue, PathMtuProber.UsualMaximum)]
    public void Mtu_BeyondTheUsual_IsUsedWherePathAndUserAllowIt(int maxPacket, int limit, int expected)
    {
        var link = new LinkSettings { Delay = TimeSpan.FromMilliseconds(10), MaxPacket = maxPacket };
        var options = new SctpOptions { MaxPacketSize = SctpOptions.LargestPacketSize };
        var scenario = new SctpScenario(options, options, link);
        scenario.Left.Association.PathPacketLimit = limit;
        scenario.Connected().AssertDelivers(200_000);
        scenario.Network.Run(TimeSpan.FromSeconds(20));
        Assert.Equal(expected, scenario.Left.Association.MaxPacketSize);
        scenario.AssertDelivers(200_000);
    }

    [Fact]
    public void Bursts_AtAnyRate_StayWithinSixteenPackets()
    {
        var link = new LinkSettings { Delay = TimeSpan.FromMilliseconds(10), BitsPerSecond = 300e6 };
        SctpScenario scenario = new SctpScenario(link: link).Connected();
        scenario.Right.KeepMessages = false;
        Timestamp instant = default;
        int burst = 0;
        int largest = 0;
        scenario.Network.ToRight.Filter = packet =>
        {
            burst = scenario.Now == instant ? burst + 1 : 1;
            instant = scenario.Now;
            largest = Math.Max(largest, burst);
            return false;
        };
        scenario.Left.Application = now =>
        {
            while (scenario.Left.Association.QueuedBytes < 500_000 && scenario.Left.Send(1, new byte[30_000], now))
            {
            }
        };
        scenario.Network.Run(TimeSpan.FromSeconds(2));
        Assert.InRange(largest, 2, 17);
    }

    /// <summary>Tags from a seed, but an initial TSN just below the wrap.</summary>
    private sealed class WrappingRandom : IRandomSource
    {
        private int _calls;

        public void Fill(Span<byte> destination)
        {
            if (destination.Length == 4 && ++_calls == 2)
            {
                destination.Fill(0xFF);
                return;
            }

            Random.Shared.NextBytes(destination);
        }
    }

    private sealed class WrappedPeer(SctpAssociation association) : ISimulatedPeer
    {
        public Action<Timestamp>? Application { get; set; }

        public Timestamp NextDeadline => association.NextDeadline;

        public void Handle(ReadOnlySpan<byte> packet, Timestamp now) => association.Handle(packet, now);

        public void HandleTimeout(Timestamp now) => association.HandleTimeout(now);

        public bool TryPollPacket(Timestamp now, Span<byte> destination, out int written) => association.TryPollPacket(now, destination, out written);

        public void AfterDrain(Timestamp now)
        {
            Application?.Invoke(now);
            while (association.TryPollEvent(out _))
            {
            }
        }
    }
}
