using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Send;

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

    /// <summary>
    /// Padding only for those who skip it: a stack that is not known as libwebrtc's might fail at an unknown chunk, and can echo as well. It may also have no
    /// room for more than a 1500-byte packet.
    /// </summary>
    [Theory]
    [InlineData(true, SctpOptions.LargestPacketSize)]
    [InlineData(false, PathMtuProber.UsualMaximum)]
    public void PacketSize_OfAPeerThatDoesNotListPadding_GrowsAsItsStackAllows(bool isLibWebRtc, int expected)
    {
        var sender = new SctpPeer(new SctpOptions { MaxPacketSize = SctpOptions.LargestPacketSize }, 5);
        var receiver = new DcsctpModelReceiver(cookie: isLibWebRtc ? null : [1, 2, 3, 4]);
        var link = new LinkSettings { Delay = TimeSpan.FromMilliseconds(10) };
        var network = new SimulatedNetwork(sender, receiver, link, link, seed: 6);
        var largest = 0;
        network.ToRight.Filter = packet =>
        {
            largest = Math.Max(largest, packet.Length);
            return false;
        };
        sender.Association.Connect(network.Now);
        network.Run(TimeSpan.FromSeconds(1));
        sender.Send(1, new byte[200_000], network.Now);
        network.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(expected, sender.Association.MaxPacketSize);
        Assert.InRange(largest, expected - 3, expected);
        Assert.Equal(isLibWebRtc, receiver.PaddedPackets > 0);
    }
}
