using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>Goals of the sender in virtual time: no machine can make them slower.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpThroughputTests
{
    private const int MessageBytes = 32 * 1024;

    /// <summary>Share of the link that is payload of ours: 1191 of 1256 bytes per packet, and 28 of those are headers.</summary>
    private const double PayloadShare = 1160.0 / 1256;

    [Theory]
    [InlineData(50, 50, 0.0, 0.9)]
    [InlineData(50, 50, 0.001, 0.9)]
    [InlineData(50, 50, 0.01, 0.9)]
    [InlineData(50, 50, 0.02, 0.9)]
    [InlineData(100, 200, 0.0, 0.7)]
    [InlineData(100, 200, 0.01, 0.5)]
    [InlineData(100, 200, 0.02, 0.3)]
    [InlineData(10, 20, 0.0, 0.9)]
    [InlineData(200, 5, 0.0, 0.85)]
    public void Bbr_LossyLink_FillsIt(int megabits, int roundTripMilliseconds, double loss, double share)
    {
        double goodput = Measure(CongestionAlgorithm.Bbr, megabits, roundTripMilliseconds, loss, seconds: 12, out SctpPeer sender, out SimulatedNetwork network);
        double wanted = share * megabits * PayloadShare;
        string report = $"{goodput:0.0} of {megabits} Mbit/s, wanted {wanted:0.0}; queue drops {network.ToRight.QueueDrops}; {sender.Association.Statistics}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(goodput >= wanted, report);
    }

    [Theory]
    [InlineData(CongestionAlgorithm.Cubic, 0.7)]
    [InlineData(CongestionAlgorithm.Reno, 0.6)]
    public void WindowBased_CleanLink_FillsIt(CongestionAlgorithm algorithm, double share)
    {
        double goodput = Measure(algorithm, 50, 50, loss: 0, seconds: 12, out SctpPeer sender, out SimulatedNetwork network);
        Assert.True(goodput >= share * 50 * PayloadShare, $"{goodput:0.0} Mbit/s; queue drops {network.ToRight.QueueDrops}; {sender.Association.Statistics}");
    }

    private static double Measure(
        CongestionAlgorithm algorithm, int megabits, int roundTripMilliseconds, double loss, int seconds, out SctpPeer sender, out SimulatedNetwork network)
    {
        var options = new SctpOptions { CongestionControl = algorithm, MaxPacketSize = SctpOptions.InitialPacketSize };
        sender = new SctpPeer(options, 1);
        var receiver = new SctpPeer(options, 2) { KeepMessages = false };
        TimeSpan delay = TimeSpan.FromMilliseconds(roundTripMilliseconds / 2.0);
        network = new SimulatedNetwork(
            sender,
            receiver,
            new LinkSettings { Delay = delay, BitsPerSecond = megabits * 1e6, Queue = TimeSpan.FromMilliseconds(100), Loss = loss },
            new LinkSettings { Delay = delay },
            seed: 7);
        sender.Association.OnPathRoundTripTime(delay * 2, network.Now);
        sender.Association.Connect(network.Now);
        byte[] message = new byte[MessageBytes];
        SctpPeer s = sender;
        sender.Application = now =>
        {
            while (s.Association.QueuedBytes < s.Association.QueueTargetBytes && s.Send(1, message, now, new SctpSendOptions { Unordered = true }))
            {
            }
        };
        network.Run(TimeSpan.FromSeconds(seconds));
        return receiver.BytesReceived * 8 / 1e6 / seconds;
    }
}
