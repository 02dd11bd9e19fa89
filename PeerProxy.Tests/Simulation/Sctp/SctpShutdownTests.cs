using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>Ending an association (RFC 9260 section 9).</summary>
[Trait("Category", "Simulation")]
public sealed class SctpShutdownTests
{
    [Theory]
    [InlineData(null)]
    [InlineData((int)ChunkType.Shutdown)]
    [InlineData((int)ChunkType.ShutdownAck)]
    [InlineData((int)ChunkType.ShutdownComplete)]
    public void Shutdown_DataQueuedAndAChunkLost_DeliversThenEnds(int? lost)
    {
        SctpScenario scenario = new SctpScenario().Connected();
        if (lost is { } type)
        {
            scenario.Network.ToRight.Filter = SctpPackets.DropFirst((ChunkType)type);
            scenario.Network.ToLeft.Filter = SctpPackets.DropFirst((ChunkType)type);
        }

        Assert.True(scenario.Left.Send(1, new byte[200_000], scenario.Now));
        scenario.Left.Association.Shutdown(scenario.Now);
        Assert.False(scenario.Left.Send(1, new byte[1], scenario.Now));
        Assert.True(scenario.Network.RunUntil(() => scenario.BothAre(SctpState.Ended), SctpScenario.Limit));
        Assert.Single(scenario.Right.Messages);
        Assert.Equal(SctpCloseReason.Shutdown, scenario.Left.CloseReason);
        Assert.Equal(SctpCloseReason.Shutdown, scenario.Right.CloseReason);
    }

    [Fact]
    public void Shutdown_BothAtOnceWithDataBothWays_DeliversAllAndEnds()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.Left.Send(1, new byte[100_000], scenario.Now);
        scenario.Right.Send(1, new byte[100_000], scenario.Now);
        scenario.Left.Association.Shutdown(scenario.Now);
        scenario.Right.Association.Shutdown(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.BothAre(SctpState.Ended), SctpScenario.Limit));
        Assert.Single(scenario.Left.Messages);
        Assert.Single(scenario.Right.Messages);
    }

    [Fact]
    public void Shutdown_PeerStillSends_ItsDataArrives()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.Right.Send(1, new byte[250_000], scenario.Now);
        scenario.Network.Run(TimeSpan.FromMilliseconds(12));
        scenario.Left.Association.Shutdown(scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.BothAre(SctpState.Ended), SctpScenario.Limit));
        Assert.Single(scenario.Left.Messages);
    }

    [Theory]
    [InlineData(SctpState.Closed)]
    [InlineData(SctpState.CookieWait)]
    [InlineData(SctpState.CookieEchoed)]
    [InlineData(SctpState.Established)]
    [InlineData(SctpState.ShutdownPending)]
    [InlineData(SctpState.ShutdownSent)]
    public void Abort_InAnyState_EndsBoth(SctpState state)
    {
        var scenario = new SctpScenario();
        if (state != SctpState.Closed)
        {
            scenario.Network.ToRight.Filter = packet =>
                (state == SctpState.CookieWait && SctpPackets.Has(packet, ChunkType.Init))
                || (state == SctpState.CookieEchoed && SctpPackets.Has(packet, ChunkType.CookieEcho))
                || (state == SctpState.ShutdownSent && SctpPackets.Has(packet, ChunkType.Shutdown));
            scenario.Left.Association.Connect(scenario.Now);
            scenario.Network.Run(TimeSpan.FromMilliseconds(100));
            if (state == SctpState.ShutdownPending)
            {
                scenario.Left.Send(1, new byte[1000], scenario.Now);
            }

            if (state is SctpState.ShutdownPending or SctpState.ShutdownSent)
            {
                scenario.Left.Association.Shutdown(scenario.Now);
            }
        }

        Assert.Equal(state, scenario.Left.Association.State);
        scenario.Left.Association.Abort(scenario.Now, "test");
        scenario.Network.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(SctpState.Ended, scenario.Left.Association.State);
        Assert.Equal(SctpCloseReason.AbortedLocally, scenario.Left.CloseReason);
        if (state is SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownSent)
        {
            Assert.Equal(SctpCloseReason.AbortedByPeer, scenario.Right.CloseReason);
        }
    }

    [Fact]
    public void Abort_Lost_PeerLearnsItByItsNextPacket()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.Network.ToRight.Filter = SctpPackets.DropFirst(ChunkType.Abort);
        scenario.Left.Association.Abort(scenario.Now, "test");
        scenario.Network.Run(TimeSpan.FromMilliseconds(50));
        scenario.Right.Send(1, new byte[10], scenario.Now);
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.CloseReason is not null, SctpScenario.Limit));
        Assert.Equal(SctpCloseReason.AbortedByPeer, scenario.Right.CloseReason);
    }

    [Fact]
    public void Path_CutForTenSeconds_Resumes()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.Left.Send(1, new byte[200_000], scenario.Now);
        scenario.Network.Run(TimeSpan.FromMilliseconds(25));
        scenario.Network.ToRight.IsCut = scenario.Network.ToLeft.IsCut = true;
        scenario.Network.Run(TimeSpan.FromSeconds(10));
        scenario.Network.ToRight.IsCut = scenario.Network.ToLeft.IsCut = false;
        Assert.True(scenario.Network.RunUntil(() => scenario.Right.Messages.Count == 1, TimeSpan.FromSeconds(11)));
    }

    [Fact]
    public void Path_CutForGood_EndsAsUnreachable()
    {
        SctpScenario scenario = new SctpScenario().Connected();
        scenario.Left.Send(1, new byte[2000], scenario.Now);
        scenario.Network.ToRight.IsCut = scenario.Network.ToLeft.IsCut = true;
        Assert.True(scenario.Network.RunUntil(() => scenario.Left.CloseReason is not null, SctpScenario.Limit));
        Assert.Equal(SctpCloseReason.PeerUnreachable, scenario.Left.CloseReason);
    }
}
