using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>What our sender does to the queue at the bottleneck, and to others there.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpQueueTests
{
    private const double PayloadShare = 1160.0 / 1256;
    private const int Megabits = 50;

    private static readonly TimeSpan _roundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(0, 0.01)]
    [InlineData(5, 0.0)]
    [InlineData(5, 0.01)]
    [InlineData(10, 0.0)]
    public void Bbr_Alone_KeepsTheQueueShortAndTheLinkFull(int batchingMilliseconds, double loss)
    {
        const int seconds = 20;
        (SctpPeer sender, _) = MakePair(CongestionAlgorithm.Bbr, 1);
        var receiver = new DcsctpModelReceiver();
        SimulatedNetwork network = Connect(sender, receiver, new LinkSettings
        {
            Delay = _roundTrip / 2,
            BitsPerSecond = Megabits * 1e6,
            Queue = TimeSpan.FromMilliseconds(100),
            Loss = loss,
            Batching = TimeSpan.FromMilliseconds(batchingMilliseconds),
        });
        var start = network.Now;
        var waits = new List<double>();
        network.ToRight.Queued = (now, wait) =>
        {
            if (now - start > _warmUp)
            {
                waits.Add(wait.TotalMilliseconds);
            }
        };
        Start(sender, network);
        network.Run(TimeSpan.FromSeconds(seconds));
        waits.Sort();
        double median = waits[waits.Count / 2];
        double late = waits[waits.Count * 95 / 100];
        double goodput = receiver.BytesReceived * 8 / 1e6 / seconds;
        string report = $"{goodput:0.0} Mbit/s; waits: median {median:0.0} ms, p95 {late:0.0}; {sender.Association.Statistics}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(goodput >= 0.92 * (1 - loss) * Megabits * PayloadShare, report);
        Assert.True(median <= 10 && late <= 20, report);
    }

    /// <summary>A queue too short to show in the round trip time: its losses are congestion all the same, in whatever bursts they come.</summary>
    [Theory]
    [InlineData(5, 0, 0.03)]
    [InlineData(5, 5, 0.03)]
    [InlineData(2, 0, 0.05)]
    [InlineData(10, 10, 0.03)]
    public void Bbr_ShortQueue_IsRarelyOverflowed(int queueMilliseconds, int batchingMilliseconds, double share)
    {
        const int seconds = 20;
        (SctpPeer sender, _) = MakePair(CongestionAlgorithm.Bbr, 1);
        var receiver = new DcsctpModelReceiver();
        SimulatedNetwork network = Connect(sender, receiver, new LinkSettings
        {
            Delay = _roundTrip / 2,
            BitsPerSecond = Megabits * 1e6,
            Queue = TimeSpan.FromMilliseconds(queueMilliseconds),
            Batching = TimeSpan.FromMilliseconds(batchingMilliseconds),
        });
        Start(sender, network);
        network.Run(TimeSpan.FromSeconds(seconds));
        double goodput = receiver.BytesReceived * 8 / 1e6 / seconds;
        double dropped = (double)network.ToRight.QueueDrops / network.ToRight.Sent;
        string report = $"{goodput:0.0} Mbit/s, {dropped:P1} dropped; {sender.Association.Statistics}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(goodput >= 0.8 * Megabits * PayloadShare && dropped <= share, report);
    }

    /// <summary>Who comes first keeps some of its lead for long, so each does once; what counts is the time of both together.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Bbr_BesideCubic_NeitherStarves(int batchingMilliseconds)
    {
        double[] shares = [ShareBesideCubic(batchingMilliseconds, weComeFirst: true), ShareBesideCubic(batchingMilliseconds, weComeFirst: false)];
        string report = $"shares {shares[0]:P0} and {shares[1]:P0}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(shares.Average() is > 0.3 and < 0.7, report);
    }

    /// <summary>Another network, or a neighbour's flow that ends: what was learnt holds no longer.</summary>
    [Theory]
    [InlineData(2, 50, 50, 0.0)]
    [InlineData(2, 50, 50, 0.01)]
    [InlineData(5, 100, 100, 0.0)]
    [InlineData(5, 50, 200, 0.0)]
    [InlineData(1, 20, 50, 0.0)]
    [InlineData(1, 20, 150, 0.0)]
    public void Bbr_PathThatGrows_IsFullAgainSoon(int before, int after, int roundTripMilliseconds, double loss)
    {
        (SctpPeer sender, _) = MakePair(CongestionAlgorithm.Bbr, 1);
        var receiver = new DcsctpModelReceiver();
        var roundTrip = TimeSpan.FromMilliseconds(roundTripMilliseconds);
        var narrow = new LinkSettings { Delay = roundTrip / 2, BitsPerSecond = before * 1e6, Queue = TimeSpan.FromMilliseconds(100), Loss = loss };
        SimulatedNetwork network = Connect(sender, receiver, narrow);
        Start(sender, network, roundTrip);
        network.Run(TimeSpan.FromSeconds(5));
        network.ToRight.Settings = narrow with { BitsPerSecond = after * 1e6 };
        network.Run(roundTrip * 30);
        long held = receiver.BytesReceived;
        network.Run(roundTrip * 20);
        double goodput = (receiver.BytesReceived - held) * 8 / 1e6 / (roundTrip * 20).TotalSeconds;
        string report = $"{goodput:0.0} Mbit/s; {sender.Association.Statistics}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(goodput >= 0.8 * after * PayloadShare, report);
    }

    [Theory]
    [InlineData(20, 300)]
    [InlineData(30, 250)]
    [InlineData(10, 200)]
    public void Bbr_RoundTripThatGrowsDuringTheStart_DoesNotHoldItBack(int beforeMilliseconds, int afterMilliseconds)
    {
        (SctpPeer sender, _) = MakePair(CongestionAlgorithm.Bbr, 1);
        var receiver = new DcsctpModelReceiver();
        var before = TimeSpan.FromMilliseconds(beforeMilliseconds);
        var link = new LinkSettings { Delay = before / 2, BitsPerSecond = Megabits * 1e6, Queue = TimeSpan.FromMilliseconds(100) };
        SimulatedNetwork network = Connect(sender, receiver, link);
        Start(sender, network, before);
        network.Run(before * 5);

        // What the queues of others do that come at the same time: what is in flight is many times what the path held before.
        network.ToRight.Settings = link with { Delay = TimeSpan.FromMilliseconds(afterMilliseconds) - (before / 2) };
        network.Run(TimeSpan.FromSeconds(2));
        long held = receiver.BytesReceived;
        network.Run(TimeSpan.FromSeconds(4));
        double goodput = (receiver.BytesReceived - held) * 8 / 1e6 / 4;
        string report = $"{goodput:0.0} Mbit/s; {sender.Association.Statistics}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(goodput >= 0.3 * Megabits * PayloadShare, report);
    }

    private static double ShareBesideCubic(int batchingMilliseconds, bool weComeFirst)
    {
        (SctpPeer ours, SctpPeer ourReceiver) = MakePair(CongestionAlgorithm.Bbr, 1);
        (SctpPeer other, SctpPeer otherReceiver) = MakePair(CongestionAlgorithm.Cubic, 3);
        SimulatedNetwork network = Connect(new PeerGroup(ours, other), new PeerGroup(ourReceiver, otherReceiver), new LinkSettings
        {
            Delay = _roundTrip / 2,
            BitsPerSecond = Megabits * 1e6,
            Queue = _roundTrip,
            Batching = TimeSpan.FromMilliseconds(batchingMilliseconds),
        });
        Start(weComeFirst ? ours : other, network);
        network.Run(TimeSpan.FromSeconds(2));
        Start(weComeFirst ? other : ours, network);
        long ourLead = ourReceiver.BytesReceived;
        long otherLead = otherReceiver.BytesReceived;
        network.Run(TimeSpan.FromSeconds(40));
        double gained = ourReceiver.BytesReceived - ourLead;
        return gained / (gained + otherReceiver.BytesReceived - otherLead);
    }

    private static (SctpPeer Sender, SctpPeer Receiver) MakePair(CongestionAlgorithm algorithm, int seed)
    {
        var options = new SctpOptions { CongestionControl = algorithm, MaxPacketSize = SctpOptions.InitialPacketSize };
        return (new SctpPeer(options, seed), new SctpPeer(options, seed + 1) { KeepMessages = false });
    }

    private static SimulatedNetwork Connect(ISimulatedPeer left, ISimulatedPeer right, LinkSettings toRight) =>
        new(left, right, toRight, new LinkSettings { Delay = toRight.Delay, Batching = toRight.Batching }, seed: 7);

    private static void Start(SctpPeer sender, SimulatedNetwork network, TimeSpan? roundTrip = null)
    {
        sender.Association.OnPathRoundTripTime(roundTrip ?? _roundTrip, network.Now);
        sender.Association.Connect(network.Now);
        byte[] message = new byte[32 * 1024];
        sender.Application = now =>
        {
            while (sender.Association.QueuedBytes < sender.Association.QueueTargetBytes && sender.Send(1, message, now, new SctpSendOptions { Unordered = true }))
            {
            }
        };
    }
}
