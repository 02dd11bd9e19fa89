using System.Net;
using PeerProxy.Agent.Signaling;
using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Registry;
using PeerProxy.Signaling.Routing;

namespace PeerProxy.Tests.Unit.Signaling;

public sealed class SignalingLimitUnitTests
{
    [Fact]
    public void TokenBucket_BurstThenRate_IsExact()
    {
        var time = new ManualTime();
        var limit = new RateLimit(2, 4);
        var bucket = new TokenBucket(limit, time.GetTimestamp());
        for (var i = 0; i < 4; i++)
        {
            Assert.True(bucket.TryTake(1, limit, time.GetTimestamp(), time));
        }
        Assert.False(bucket.TryTake(1, limit, time.GetTimestamp(), time));

        time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(bucket.TryTake(1, limit, time.GetTimestamp(), time));
        time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(bucket.TryTake(1, limit, time.GetTimestamp(), time));
        Assert.False(bucket.TryTake(1, limit, time.GetTimestamp(), time));

        time.Advance(TimeSpan.FromHours(1));
        Assert.True(bucket.IsFull(limit, time.GetTimestamp(), time));
        Assert.False(bucket.TryTake(5, limit, time.GetTimestamp(), time));
        Assert.True(bucket.TryTake(4, limit, time.GetTimestamp(), time));
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public void Address_Ipv6CountsPerNetwork(string one, string other, bool isSame) =>
        Assert.Equal(isSame, AddressLimiter.KeyOf(IPAddress.Parse(one)).Equals(AddressLimiter.KeyOf(IPAddress.Parse(other))));

    [Fact]
    public void AddressLimiter_ManyAddresses_StaysWithinItsTableAndForgetsQuietOnes()
    {
        var time = new ManualTime();
        var limiter = new AddressLimiter(new NodeLimits { TrackedAddresses = 10 }, time);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(limiter.TryEnter(new IPAddress([10, 0, 0, (byte)i]), out var lease));
            lease.Leave();
        }
        Assert.False(limiter.TryEnter(IPAddress.Parse("10.1.0.0"), out _));
        Assert.True(limiter.TryEnter(IPAddress.Parse("10.0.0.3"), out _));

        time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(limiter.TryEnter(IPAddress.Parse("10.1.0.0"), out _));
        Assert.Equal(2, limiter.Tracked);
    }

    [Fact]
    public void Backoff_DoublesWithJitterUpToTheLimit_AndResets()
    {
        var backoff = new ReconnectBackoff(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30), () => 0.5);
        double[] expected = [0.375, 0.75, 1.5, 3, 6, 12, 22.5, 22.5];

        Assert.Equal(expected, expected.Select(_ => backoff.Next().TotalSeconds));
        backoff.Reset();
        Assert.Equal(0.375, backoff.Next().TotalSeconds);
    }

    [Theory]
    [InlineData("https://peerproxy.dev", "wss://peerproxy.dev/.peerproxy/signal")]
    [InlineData("http://localhost:5080/", "ws://localhost:5080/.peerproxy/signal")]
    [InlineData("wss://node.example:444/own", "wss://node.example:444/own")]
    public void SocketUrl_OfServer(string server, string url) => Assert.Equal(url, SignalingClientOptions.ToSocketUrl(new Uri(server)).ToString());

    [Fact]
    public void NodeMessage_RoundTripAndTruncations()
    {
        var message = new NodeMessage(NodeMessageKind.Deliver, "target", "sender", "offer", "00-aa-bb-01", "{\"x\":1}"u8.ToArray());
        var bytes = message.Encode();

        Assert.True(NodeMessage.TryDecode(bytes, out var read));
        Assert.Equal((message.Kind, message.Target, message.Sender, message.About, message.TraceParent), (read.Kind, read.Target, read.Sender, read.About, read.TraceParent));
        Assert.Equal(message.Text.ToArray(), read.Text.ToArray());
        for (var length = 0; length < bytes.Length - message.Text.Length; length++)
        {
            Assert.False(NodeMessage.TryDecode(bytes.AsMemory(0, length), out _));
        }
        bytes[0] = 99;
        Assert.False(NodeMessage.TryDecode(bytes, out _));
    }

    [Theory]
    [InlineData("route1 conn1 5 100", "route2 conn2 5 99", true)]
    [InlineData("route1 conn1 5 99", "route2 conn2 5 100", false)]
    [InlineData("route1 conn1 6 1", "route2 conn2 5 100", true)]
    [InlineData("route1 conn1 5 100", "route1 conn2 5 99", false)]
    public void LiveEntry_PutBackAfterAnOutage_YieldsToTheLater(string stored, string mine, bool outranks)
    {
        Assert.True(LiveEntry.TryParse(stored, out var left));
        Assert.True(LiveEntry.TryParse(mine, out var right));
        Assert.Equal(stored, left.ToString());
        Assert.Equal(outranks, left.Outranks(right));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b c d")]
    [InlineData("a b 1")]
    [InlineData("a b -1 1")]
    public void LiveEntry_Foreign_IsNotRead(string? text) => Assert.False(LiveEntry.TryParse(text, out _));

    private sealed class ManualTime : TimeProvider
    {
        private long _now = 1_000_003;

        // An odd frequency exposes code that takes ticks for time.
        public override long TimestampFrequency => 1_234_567;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += (long)Math.Ceiling(by.TotalSeconds * TimestampFrequency);
    }
}
