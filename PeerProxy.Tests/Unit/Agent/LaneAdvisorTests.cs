using PeerProxy.Agent.Visitors;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.Unit.Agent;

public sealed class LaneAdvisorTests
{
    private const int PacketBytes = 1160;

    private static readonly TimeSpan _roundTrip = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(0.0, 2000, 0)]
    [InlineData(0.001, 2000, 3)]
    [InlineData(0.01, 400, LaneMessage.MaxLanes)]
    [InlineData(0.02, 2000, LaneMessage.MaxLanes)]
    public void Upload_WithLosses_WantsLanes(double loss, int packetsPerSecond, int lanes)
    {
        var advisor = new LaneAdvisor();

        Feed(advisor, seconds: 5, packetsPerSecond, loss, isQueued: false);

        Assert.Equal(lanes, advisor.Lanes);
    }

    [Fact]
    public void Losses_OfAFullQueue_WantNoLanes()
    {
        var advisor = new LaneAdvisor();

        Feed(advisor, seconds: 5, packetsPerSecond: 2000, loss: 0.01, isQueued: true);

        Assert.Equal(0, advisor.Lanes);
    }

    [Fact]
    public void SmallRequests_WithLosses_WantNoLanes()
    {
        var advisor = new LaneAdvisor();

        Feed(advisor, seconds: 20, packetsPerSecond: 60, loss: 0.05, isQueued: false);

        Assert.Equal(0, advisor.Lanes);
    }

    [Fact]
    public void Wish_IsToldOnce()
    {
        var advisor = new LaneAdvisor();

        Assert.Equal(1, Feed(advisor, seconds: 10, packetsPerSecond: 1000, loss: 0.02, isQueued: false));
    }

    /// <summary>A slow start ends in the overflow of a queue: hundreds of packets within four round trips, and none after.</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(11, LaneMessage.MaxLanes)]
    public void Losses_OfAnOverflow_WantLanesOnlyIfTheyGoOn(int quartersWithLosses, int lanes)
    {
        var advisor = new LaneAdvisor();
        var roundTrip = TimeSpan.FromMilliseconds(200);
        var holes = 0;
        for (var quarter = 0; quarter < 40; quarter++)
        {
            holes += quarter is 4 or 5 ? 100 : quarter > 5 && quarter < 4 + quartersWithLosses ? 1 : 0;
            advisor.OnProgress(new ReceiveProgress(TimeSpan.FromSeconds(quarter / 4.0), quarter * 2000L * PacketBytes, quarter * 2000, holes, roundTrip, IsQueued: false));
        }

        Assert.Equal(lanes, advisor.Lanes);
    }

    /// <returns>How often the wish changed.</returns>
    private static int Feed(LaneAdvisor advisor, int seconds, int packetsPerSecond, double loss, bool isQueued)
    {
        var changes = 0;
        for (var quarter = 0; quarter <= seconds * 4; quarter++)
        {
            var packets = (long)quarter * packetsPerSecond / 4;
            var progress = new ReceiveProgress(TimeSpan.FromSeconds(quarter / 4.0), packets * PacketBytes, packets, (long)(packets * loss), _roundTrip, isQueued);
            changes += advisor.OnProgress(progress) ? 1 : 0;
        }

        return changes;
    }
}
