using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>Our sender against a browser's receiver: 20 gap blocks, a 56-packet socket, delayed SACKs.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpBrowserModelTests
{
    private const double PayloadShare = 1160.0 / 1256;

    [Theory]
    [InlineData(50, 50, 0.0, 0.9)]
    [InlineData(50, 50, 0.001, 0.9)]
    [InlineData(50, 50, 0.01, 0.9)]
    [InlineData(50, 50, 0.02, 0.85)]
    [InlineData(100, 200, 0.01, 0.5)]
    [InlineData(1000, 1, 0.0, 0.1)]
    public void Download_ToBrowser_FillsTheLink(int megabits, int roundTripMilliseconds, double loss, double share)
    {
        const int seconds = 12;
        var sender = new SctpPeer(new SctpOptions { MaxPacketSize = SctpOptions.InitialPacketSize }, 1);
        var browser = new DcsctpModelReceiver();
        TimeSpan delay = TimeSpan.FromMilliseconds(roundTripMilliseconds / 2.0);
        var network = new SimulatedNetwork(
            sender,
            browser,
            new LinkSettings { Delay = delay, BitsPerSecond = megabits * 1e6, Loss = loss },
            new LinkSettings { Delay = delay },
            seed: 11);
        sender.Association.OnPathRoundTripTime(delay * 2, network.Now);
        sender.Association.Connect(network.Now);
        byte[] message = new byte[16 * 1024];
        sender.Application = now =>
        {
            while (sender.Association.QueuedBytes < sender.Association.QueueTargetBytes && sender.Send(1, message, now, new SctpSendOptions { Unordered = true }))
            {
            }
        };
        network.Run(TimeSpan.FromSeconds(seconds));
        double goodput = browser.BytesReceived * 8 / 1e6 / seconds;
        Assert.True(
            goodput >= share * megabits * PayloadShare,
            $"{goodput:0.0} Mbit/s; socket drops {browser.SocketDrops}, queue drops {network.ToRight.QueueDrops}, duplicates {browser.DuplicatesReceived}, gaps {browser.MostGapBlocks}; {sender.Association.Statistics}");
    }
}
