using System.Buffers.Binary;
using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>Setting up an association when things go wrong (RFC 9260 section 5).</summary>
[Trait("Category", "Simulation")]
public sealed class SctpSetupTests
{
    [Theory]
    [InlineData((int)ChunkType.Init)]
    [InlineData((int)ChunkType.InitAck)]
    [InlineData((int)ChunkType.CookieEcho)]
    [InlineData((int)ChunkType.CookieAck)]
    public void Handshake_FirstTwoOfAChunkLost_Completes(int type)
    {
        var scenario = new SctpScenario();
        scenario.Network.ToLeft.Filter = SctpPackets.DropFirst((ChunkType)type, 2);
        scenario.Network.ToRight.Filter = SctpPackets.DropFirst((ChunkType)type, 2);
        scenario.Connected().AssertDelivers();
    }

    [Fact]
    public void Handshake_BothConnectAtOnce_OneAssociation()
    {
        var scenario = new SctpScenario();
        scenario.Right.Association.Connect(scenario.Now);
        scenario.Connected().AssertDelivers();
        Assert.DoesNotContain(scenario.Left.Events, e => e.Kind is SctpEventKind.PeerRestarted or SctpEventKind.Closed);
    }

    [Fact]
    public void Handshake_SecondInitWhileFirstIsUnderWay_OneAssociation()
    {
        var scenario = new SctpScenario();
        scenario.Left.Association.Connect(scenario.Now);
        scenario.Network.Run(TimeSpan.FromMilliseconds(15));
        scenario.Right.Association.Connect(scenario.Now);
        scenario.Connected().AssertDelivers();
    }

    [Fact]
    public void CookieEcho_DataQueuedBefore_CarriesIt()
    {
        var scenario = new SctpScenario();
        bool bundled = false;
        scenario.Network.ToRight.Filter = packet =>
        {
            bundled |= SctpPackets.Has(packet, ChunkType.CookieEcho) && (SctpPackets.Has(packet, ChunkType.Data) || SctpPackets.Has(packet, ChunkType.IData));
            return false;
        };
        Assert.True(scenario.Left.Send(1, new byte[100], scenario.Now));
        scenario.Left.Association.Connect(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.Messages.Count == 1, SctpScenario.Limit));
        Assert.True(bundled);
    }

    [Fact]
    public void CookieEcho_Unanswered_NothingElseGoesOut()
    {
        var scenario = new SctpScenario();
        scenario.Network.ToLeft.Filter = packet => SctpPackets.Has(packet, ChunkType.CookieAck);
        var kinds = new List<bool>();
        scenario.Network.ToRight.Filter = packet =>
        {
            kinds.Add(SctpPackets.Has(packet, ChunkType.CookieEcho) || SctpPackets.Has(packet, ChunkType.Init));
            return false;
        };
        scenario.Left.Send(1, new byte[20_000], scenario.Now);
        scenario.Left.Association.Connect(scenario.Now);
        scenario.Network.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(SctpState.CookieEchoed, scenario.Left.Association.State);
        Assert.True(kinds.Count >= 3);
        Assert.All(kinds, Assert.True);
    }

    [Fact]
    public void CookieEcho_LostWithData_DataComesWithTheNext()
    {
        var scenario = new SctpScenario();
        scenario.Network.ToRight.Filter = SctpPackets.DropFirst(ChunkType.CookieEcho);
        scenario.Left.Send(1, new byte[20_000], scenario.Now);
        scenario.Left.Association.Connect(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.Messages.Count == 1, SctpScenario.Limit));
    }

    [Fact]
    public void Init_NeverAnswered_EndsWithHandshakeTimeout()
    {
        var scenario = new SctpScenario();
        scenario.Network.ToRight.IsCut = true;
        scenario.Left.Association.Connect(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.Left.CloseReason is not null, SctpScenario.Limit));
        Assert.Equal(SctpCloseReason.HandshakeTimeout, scenario.Left.CloseReason);
        Assert.Equal(Timestamp.Never, scenario.Left.NextDeadline);
    }

    [Fact]
    public void InitAck_AgainWithOtherTag_IsIgnored()
    {
        var scenario = new SctpScenario();
        byte[]? initAck = null;
        scenario.Network.ToLeft.Filter = packet =>
        {
            initAck ??= SctpPackets.Has(packet, ChunkType.InitAck) ? packet : null;
            return false;
        };
        scenario.Left.Association.Connect(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => initAck is not null && scenario.Left.Association.State != SctpState.CookieWait, SctpScenario.Limit));
        byte[] forged = (byte[])initAck!.Clone();
        BinaryPrimitives.WriteUInt32BigEndian(forged.AsSpan(16), 0xDEAD_BEEF);
        Crc32c.Write(forged);
        scenario.Left.Association.Handle(forged, scenario.Now);
        scenario.Network.RunUntil(() => scenario.BothAre(SctpState.Established), SctpScenario.Limit);
        scenario.AssertDelivers();
    }

    [Fact]
    public void Cookie_OlderThanItsLifetime_IsRefusedAndHandshakeBeginsAnew()
    {
        var scenario = new SctpScenario(left: new SctpOptions { MaxHandshakeRetransmissions = 30 });
        bool hold = true;
        scenario.Network.ToRight.Filter = packet => hold && SctpPackets.Has(packet, ChunkType.CookieEcho);
        scenario.Left.Association.Connect(scenario.Now);
        scenario.Network.Run(TimeSpan.FromSeconds(70));
        Assert.Equal(SctpState.CookieEchoed, scenario.Left.Association.State);
        hold = false;
        Assert.True(scenario.Network.RunUntil(() => scenario.BothAre(SctpState.Established), SctpScenario.Limit));
        scenario.AssertDelivers();
    }

    [Fact]
    public void Cookie_ForgedOrFlipped_IsIgnored()
    {
        var scenario = new SctpScenario();
        byte[]? echo = null;
        scenario.Network.ToRight.Filter = packet =>
        {
            echo ??= SctpPackets.Has(packet, ChunkType.CookieEcho) ? packet : null;
            return SctpPackets.Has(packet, ChunkType.CookieEcho);
        };
        scenario.Left.Association.Connect(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => echo is not null, SctpScenario.Limit));
        for (int i = 16; i < echo!.Length; i++)
        {
            byte[] forged = (byte[])echo.Clone();
            forged[i] ^= 1;
            Crc32c.Write(forged);
            scenario.Right.Association.Handle(forged, scenario.Now);
            Assert.Equal(SctpState.Closed, scenario.Right.Association.State);
        }
    }

    [Fact]
    public void PeerRestart_WithDataUnderWay_NewAssociationWorks()
    {
        var scenario = new SctpScenario().Connected();
        scenario.AssertDelivers();
        scenario.Right.Send(1, new byte[50_000], scenario.Now);
        var restarted = new SctpPeer(new SctpOptions(), 999);
        var network = new SimulatedNetwork(restarted, scenario.Right, scenario.Network.ToRight.Settings, scenario.Network.ToLeft.Settings, 5);
        restarted.Association.Connect(network.Now);
        Assert.True(network.RunUntil(() => restarted.Association.State == SctpState.Established, SctpScenario.Limit));
        Assert.Contains(scenario.Right.Events, e => e.Kind == SctpEventKind.PeerRestarted);
        int before = scenario.Right.Messages.Count;
        Assert.True(restarted.Send(1, new byte[3000], network.Now));
        Assert.True(scenario.Right.Send(1, new byte[3000], network.Now));
        Assert.True(network.RunUntil(() => scenario.Right.Messages.Count > before && restarted.Messages.Count == 1, SctpScenario.Limit));
    }

    [Fact]
    public void InitBySignaling_BothSides_DataFlowsWithTheFirstPacket()
    {
        var scenario = new SctpScenario();
        byte[] left = scenario.Left.Association.CreateLocalInit();
        byte[] right = scenario.Right.Association.CreateLocalInit();
        Assert.True(scenario.Left.Association.TryAcceptRemoteInit(right, scenario.Now));
        Assert.True(scenario.Right.Association.TryAcceptRemoteInit(left, scenario.Now));
        Assert.True(scenario.BothAre(SctpState.Established));
        Timestamp start = scenario.Now;
        scenario.AssertDelivers(length: 500);
        Assert.Equal(10, (scenario.Now - start).TotalMilliseconds, 0.5);
        Assert.False(scenario.Left.Association.TryAcceptRemoteInit(right, scenario.Now));
    }

    [Fact]
    public void InitBySignaling_TruncatedOrFlipped_NeverThrowsAndHandshakeStillWorks()
    {
        byte[] init = new SctpAssociation(new SctpOptions(), new SeededRandom(5)).CreateLocalInit();
        for (int length = 0; length < init.Length; length++)
        {
            var scenario = new SctpScenario();
            if (!scenario.Left.Association.TryAcceptRemoteInit(init.AsSpan(0, length), scenario.Now))
            {
                scenario.Connected();
            }
        }

        Assert.False(new SctpScenario().Left.Association.TryAcceptRemoteInit(new byte[32], new Timestamp(1)));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void ZeroChecksum_AnyCombination_Works(bool left, bool right)
    {
        var scenario = new SctpScenario(new SctpOptions { OfferZeroChecksum = left }, new SctpOptions { OfferZeroChecksum = right });
        int zero = 0;
        scenario.Network.ToRight.Filter = packet =>
        {
            zero += Crc32c.IsZero(packet) ? 1 : 0;
            Assert.False(Crc32c.IsZero(packet) && (SctpPackets.Has(packet, ChunkType.Init) || SctpPackets.Has(packet, ChunkType.CookieEcho)));
            return false;
        };
        scenario.Connected().AssertDelivers();
        Assert.Equal(left && right, zero > 0);
    }

    [Theory]
    [InlineData((int)ChunkType.Data)]
    [InlineData((int)ChunkType.InitAck)]
    [InlineData((int)ChunkType.Sack)]
    [InlineData((int)ChunkType.Heartbeat)]
    [InlineData((int)ChunkType.Abort)]
    [InlineData((int)ChunkType.Shutdown)]
    [InlineData((int)ChunkType.ShutdownAck)]
    [InlineData((int)ChunkType.ShutdownComplete)]
    [InlineData((int)ChunkType.Error)]
    [InlineData((int)ChunkType.CookieAck)]
    [InlineData((int)ChunkType.ReConfig)]
    [InlineData((int)ChunkType.ForwardTsn)]
    public void Chunk_WithWrongTag_IsDropped(int type)
    {
        SctpScenario scenario = new SctpScenario().Connected();
        byte[] packet = SctpPackets.Make(tag: 0x1234_5678, (ChunkType)type, 0, new byte[32]);
        long before = scenario.Right.Association.Statistics.PacketsDiscarded;
        scenario.Right.Association.Handle(packet, scenario.Now);
        Assert.Equal(before + 1, scenario.Right.Association.Statistics.PacketsDiscarded);
        scenario.AssertDelivers();
    }
}
