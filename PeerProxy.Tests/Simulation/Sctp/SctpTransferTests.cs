using System.Security.Cryptography;
using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Simulation.Sctp;

[Trait("Category", "Simulation")]
public sealed class SctpTransferTests
{
    private const ushort UnorderedStream = 4;
    private const int Seeds = 2000;
    private const int SeedsPerCase = 100;

    /// <summary>Messages each way for one seed; every tenth seed moves six times as many, so that congestion control and wrapping rings have work.</summary>
    private const int MessagesPerSeed = 10;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public void Association_PerfectPath_DeliversMessagesInOrder()
    {
        var left = new SctpPeer(new SctpOptions(), 1);
        var right = new SctpPeer(new SctpOptions(), 2);
        var network = new SimulatedNetwork(left, right, new LinkSettings(), new LinkSettings(), 3);
        left.Association.Connect(network.Now);
        byte[][] sent = Enumerable.Range(0, 50).Select(i => Fill(i * 100 + 1, i)).ToArray();
        foreach (byte[] message in sent)
        {
            Assert.True(left.Send(7, message, network.Now));
        }

        Assert.True(network.RunUntil(() => right.Messages.Count == sent.Length && left.Association.UnacknowledgedBytes == 0, Limit));
        Assert.Equal(sent.Select(Digest), right.Messages.Select(m => Digest(m.Data)));
        Assert.Equal(SctpState.Established, left.Association.State);
        Assert.Equal(SctpState.Established, right.Association.State);
    }

    [Theory]
    [MemberData(nameof(FirstSeeds))]
    public void Association_BadPath_DeliversEverythingOnce(int firstSeed)
    {
        for (int seed = firstSeed; seed < firstSeed + SeedsPerCase; seed++)
        {
            try
            {
                RunBadPath(seed);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }
    }

    public static TheoryData<int> FirstSeeds() => [.. Enumerable.Range(0, Seeds / SeedsPerCase).Select(i => (i * SeedsPerCase) + 1)];

    private static void RunBadPath(int seed)
    {
        var random = new SeededRandom(seed);
        LinkSettings Settings() => new()
        {
            Delay = TimeSpan.FromMilliseconds(random.Next(random.Chance(0.2) ? 1000 : 200)),
            Jitter = TimeSpan.FromMilliseconds(random.Chance(0.5) ? random.Next(30) : 0),
            Loss = random.Chance(0.7) ? random.NextDouble() * 0.2 : 0,
            BurstStart = random.Chance(0.3) ? 0.005 : 0,
            Duplication = random.Chance(0.5) ? 0.05 : 0,
            Corruption = random.Chance(0.5) ? 0.02 : 0,
            Reorder = random.Chance(0.5) ? 0.1 : 0,
            // Large packets vanish: a path the search for a larger size must not fall for.
            MaxPacket = random.Chance(0.3) ? 1191 + random.Next(242) : int.MaxValue,
            BitsPerSecond = random.Chance(0.5) ? 1_000_000 + random.Next(50_000_000) : 0,
        };
        bool interleaving = random.Chance(0.5);
        SctpOptions Options() => new()
        {
            OfferInterleaving = interleaving,
            OfferZeroChecksum = false,
            CongestionControl = (CongestionAlgorithm)random.Next(3),
            MaxRetransmissions = 20,
            MaxHandshakeRetransmissions = 20,
        };
        var left = new SctpPeer(Options(), seed + 1);
        var right = new SctpPeer(Options(), seed + 2);
        var network = new SimulatedNetwork(left, right, Settings(), Settings(), seed);
        left.Association.Connect(network.Now);
        if (random.Chance(0.5))
        {
            right.Association.Connect(network.Now);
        }

        var expectRight = new Dictionary<ushort, List<byte[]>>();
        var expectLeft = new Dictionary<ushort, List<byte[]>>();
        for (int i = seed % 10 == 0 ? -5 * MessagesPerSeed : 0; i < MessagesPerSeed; i++)
        {
            Queue(left, expectRight, random, network.Now, i);
            Queue(right, expectLeft, random, network.Now, i);
        }

        long toRight = expectRight.Values.Sum(m => m.Count);
        long toLeft = expectLeft.Values.Sum(m => m.Count);
        bool done = network.RunUntil(
            () => right.Messages.Count >= toRight && left.Messages.Count >= toLeft
                && left.Association.UnacknowledgedBytes == 0 && right.Association.UnacknowledgedBytes == 0,
            Limit);
        Assert.True(done, $"stuck: {left.Association.State} {right.Association.State} {right.Messages.Count}/{toRight} {left.Messages.Count}/{toLeft} {left.Association.Statistics} {right.Association.Statistics}");
        AssertStreams(expectRight, right);
        AssertStreams(expectLeft, left);
    }

    private static void Queue(SctpPeer peer, Dictionary<ushort, List<byte[]>> expected, SeededRandom random, Timestamp now, int index)
    {
        ushort stream = (ushort)random.Next(5);
        byte[] message = Fill(1 + random.Next(random.Chance(0.2) ? 60_000 : 3000), index);
        var options = new SctpSendOptions { Unordered = stream == UnorderedStream, Urgency = (byte)random.Next(8) };
        Assert.True(peer.Send(stream, message, now, options));
        if (!expected.TryGetValue(stream, out List<byte[]>? list))
        {
            expected.Add(stream, list = []);
        }

        list.Add(message);
    }

    private static void AssertStreams(Dictionary<ushort, List<byte[]>> expected, SctpPeer peer)
    {
        foreach ((ushort stream, List<byte[]> messages) in expected)
        {
            string[] got = [.. peer.Messages.Where(m => m.StreamId == stream).Select(m => Digest(m.Data))];
            IEnumerable<string> sent = messages.Select(Digest);
            if (stream == UnorderedStream)
            {
                Assert.Equal(sent.Order(), got.Order());
            }
            else
            {
                Assert.Equal(sent, got);
            }
        }
    }

    private static string Digest(byte[] message) => Convert.ToHexString(SHA256.HashData(message));

    private static byte[] Fill(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
