using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>A large download to a browser over a long and fast path: so much is in flight that a queue overflow makes more holes than the browser can name,
/// and what waits for repairs fills the tunnel's window.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpLongPathTests
{
    private const int TotalBytes = 50_000_000;
    private const int Megabits = 100;
    private const int GrantBytes = 256 * 1024;

    private static readonly TimeSpan _roundTrip = TimeSpan.FromMilliseconds(200);

    /// <param name="megabits">Goodput wanted, of the whole download with its start.</param>
    [Theory]
    [InlineData(1, 0.0, 0, 58)]
    [InlineData(1, 0.001, 0, 56)]
    [InlineData(1, 0.01, 0, 52)]
    [InlineData(2, 0.01, 0, 52)]
    [InlineData(3, 0.01, 0, 52)]
    [InlineData(1, 0.01, 8, 50)]
    [InlineData(2, 0.01, 8, 50)]
    [InlineData(1, 0.02, 0, 35)]
    public void Download_OverLongPath_KeepsItsPace(int seed, double loss, int windowMebibytes, int megabits) =>
        AssertKeepsPace(seed, new LinkSettings { Loss = loss }, windowMebibytes, megabits);

    /// <summary>A browser whose process gets no processor for some 30 ms about once a second loses what its socket cannot hold: that is no congestion.</summary>
    /// <param name="megabits">Goodput wanted, of the whole download with its start.</param>
    [Theory]
    [InlineData(1, 0.0, 50)]
    [InlineData(2, 0.0, 50)]
    [InlineData(3, 0.0, 50)]
    [InlineData(1, 0.01, 40)]
    [InlineData(2, 0.01, 40)]
    [InlineData(3, 0.01, 40)]
    public void Download_ToAReaderThatStalls_KeepsItsPace(int seed, double loss, int megabits) =>
        AssertKeepsPace(seed, new LinkSettings { Loss = loss, BurstStart = 0.0002, BurstLength = 120 }, 0, megabits);

    private static void AssertKeepsPace(int seed, LinkSettings path, int windowMebibytes, int megabits)
    {
        var sender = new SctpPeer(new SctpOptions(), seed);
        var browser = new DcsctpModelReceiver();
        var network = new SimulatedNetwork(
            sender,
            browser,
            path with { Delay = _roundTrip / 2, BitsPerSecond = Megabits * 1e6, MaxPacket = 1432 },
            new LinkSettings { Delay = _roundTrip / 2, BitsPerSecond = Megabits * 1e6 },
            seed);
        sender.Association.OnPathRoundTripTime(_roundTrip, network.Now);
        sender.Association.Connect(network.Now);
        Timestamp start = network.Now;
        var credit = new Credit(windowMebibytes == 0 ? TotalBytes * 2L : windowMebibytes << 20);
        sender.Wake = () => credit.NextGrantAt;
        long sent = 0;
        byte[] message = new byte[16 * 1024];
        sender.Application = now =>
        {
            long limit = Math.Min(credit.Update(browser.BytesInOrder, now), TotalBytes);
            while (sent + message.Length <= limit && sender.Association.QueuedBytes < sender.Association.QueueTargetBytes
                && sender.Send(1, message, now, new SctpSendOptions { Unordered = true }))
            {
                sent += message.Length;
            }
        };
        bool done = network.RunUntil(() => sent + message.Length > TotalBytes && sender.Association.Sender.IsDrained, TimeSpan.FromMinutes(1));
        double goodput = browser.BytesInOrder * 8 / 1e6 / (network.Now - start).TotalSeconds;
        string report = $"{goodput:0.0} of {Megabits} Mbit/s; queue drops {network.ToRight.QueueDrops}; {sender.Association.Statistics}";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(done && goodput >= megabits, report);
        Assert.True(network.ToRight.QueueDrops < 100, report);
    }

    /// <summary>The tunnel's flow control: what a reader that needs order has got is granted again, and the grant takes half a round trip.</summary>
    private sealed class Credit(long windowBytes)
    {
        private readonly Queue<(Timestamp At, long Limit)> _grants = new();
        private long _granted = windowBytes;
        private long _limit = windowBytes;
        private long _consumed;

        public Timestamp NextGrantAt => _grants.TryPeek(out (Timestamp At, long Limit) grant) ? grant.At : Timestamp.Never;

        public long Update(long consumed, Timestamp now)
        {
            while (NextGrantAt <= now)
            {
                _limit = _grants.Dequeue().Limit;
            }

            if (consumed - _consumed >= GrantBytes)
            {
                _granted += consumed - _consumed;
                _consumed = consumed;
                _grants.Enqueue((now + (_roundTrip / 2), _granted));
            }

            return _limit;
        }
    }
}
