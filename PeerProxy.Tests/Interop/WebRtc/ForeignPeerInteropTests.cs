using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using PeerProxy.Tests.TestKit.Peers;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Interop.WebRtc;

/// <summary>Stacks that are no browser: libwebrtc under Node, werift (TypeScript) and aiortc (Python).</summary>
[Trait("Category", "Interop")]
public class ForeignPeerInteropTests(ForeignPeerFixture fixture) : IClassFixture<ForeignPeerFixture>
{
    private static readonly TimeSpan _bulkLimit = TimeSpan.FromMinutes(3);
    private static readonly string[] _stacks = [ForeignPeer.Wrtc, ForeignPeer.Werift, ForeignPeer.Aiortc];
    private static readonly bool[] _bothRoles = [true, false];

    public static TheoryData<bool> BothRoles { get; } = new(_bothRoles);

    public static MatrixTheoryData<string, bool> StacksInBothRoles { get; } = new(_stacks, _bothRoles);

    public static MatrixTheoryData<string, bool, bool> StacksInBothRolesAndOrders { get; } = new(_stacks, _bothRoles, [true, false]);

    /// <summary>aiortc has no restart: <see cref="IceRestart_AskedOfAiortc_LeavesTheConnectionAsItIs"/>.</summary>
    public static MatrixTheoryData<string, bool> StacksWithIceRestart { get; } = new([ForeignPeer.Wrtc, ForeignPeer.Werift], _bothRoles);

    [Theory]
    [MemberData(nameof(StacksInBothRolesAndOrders))]
    public async Task Messages_OfAllSizes_ComeBackUnchanged(string stack, bool weOffer, bool ordered)
    {
        await using var session = await OpenAsync(stack, "echo", weOffer, ordered);
        await ChannelExchange.ExpectEchoesOfAllSizesAsync(session.Channel);

        await session.Peer.RunAsync("close");
        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, await session.Connection.Closed.WaitAsync(ChannelExchange.Limit));
    }

    /// <summary>What the stacks in scripting languages carry is bound by their processor time per packet: in one of the roles they get less.</summary>
    [Theory]
    [InlineData(ForeignPeer.Wrtc, true, 100)]
    [InlineData(ForeignPeer.Wrtc, false, 100)]
    [InlineData(ForeignPeer.Werift, true, 10)]
    [InlineData(ForeignPeer.Werift, false, 100)]
    [InlineData(ForeignPeer.Aiortc, true, 10)]
    [InlineData(ForeignPeer.Aiortc, false, 100)]
    public async Task Bulk_EachWay_HashesAreEqual(string stack, bool weOffer, int megabytes)
    {
        var bytes = (long)megabytes << 20;
        await using var session = await OpenAsync(stack, "hash", weOffer, ordered: true);
        var clock = Stopwatch.StartNew();

        var collecting = session.Peer.RunAsync("received", new { label = "t", bytes });
        var sent = await ChannelExchange.SendBulkAsync(session.Channel, bytes, collecting).WaitAsync(_bulkLimit);
        Assert.Equal(sent, (await collecting.WaitAsync(_bulkLimit)).GetString());
        TestContext.Current.TestOutputHelper?.WriteLine($"to {stack}: {clock.Elapsed.TotalSeconds:0.0} s");
        clock.Restart();

        var sending = session.Peer.RunAsync("send", new { label = "t", bytes, size = 64 * 1024 });
        var receiving = ChannelExchange.ReceiveBulkAsync(session.Channel, bytes, sending);
        Assert.Equal((await sending.WaitAsync(_bulkLimit)).GetString(), await receiving.WaitAsync(_bulkLimit));
        TestContext.Current.TestOutputHelper?.WriteLine($"from {stack}: {clock.Elapsed.TotalSeconds:0.0} s");
    }

    [Theory]
    [MemberData(nameof(StacksInBothRoles))]
    public async Task Channels_HundredFromEachSide_OpenCarryCloseAndOpenAgain(string stack, bool weOffer)
    {
        await using var session = await OpenAsync(stack, "count", weOffer, ordered: true);
        var echoing = 0;
        session.Connection.ChannelOpened += channel => _ = EchoAsync(channel);
        await session.Channel.Opened.WaitAsync(ChannelExchange.Limit);

        var ours = Enumerable.Range(0, 100).Select(i => session.Connection.OpenChannel(new DataChannelOptions { Label = $"ours{i}" })).ToList();
        foreach (var channel in ours)
        {
            await ChannelExchange.ExpectEchoAsync(channel, Encoding.UTF8.GetBytes(channel.Label), isText: true);
        }

        await session.Peer.RunAsync("many", new { count = 100 }).WaitAsync(ChannelExchange.Limit);
        Assert.Equal(101, Volatile.Read(ref echoing));

        foreach (var channel in ours)
        {
            await channel.CloseAsync().AsTask().WaitAsync(ChannelExchange.Limit);
        }

        Assert.Equal(100, (await session.Peer.RunAsync("closed", new { prefix = "ours" }).WaitAsync(ChannelExchange.Limit)).GetInt32());
        var again = session.Connection.OpenChannel(new DataChannelOptions { Label = "again from us" });
        await ChannelExchange.ExpectEchoAsync(again, "x"u8.ToArray(), isText: true);

        Task EchoAsync(IDataChannel channel)
        {
            Interlocked.Increment(ref echoing);
            return ChannelExchange.EchoAsync(channel);
        }
    }

    [Theory]
    [MemberData(nameof(StacksWithIceRestart))]
    public async Task IceRestart_WhileDataFlows_LosesNothing(string stack, bool weOffer)
    {
        await using var session = await OpenAsync(stack, "echo", weOffer, ordered: true);

        await ChannelExchange.ExpectNoGapAsync(session.Channel, rounds: 4, round => round % 2 == 0
            ? session.Peer.OfferToAsync(session.Connection, restart: true)
            : session.Peer.AnswerAsync(session.Connection, restart: true));

        Assert.Equal(PeerConnectionState.Connected, session.Connection.State);
    }

    /// <summary>
    /// aiortc makes one pair of ICE credentials for good and starts its checks once (RTCIceTransport.start, aioice's Connection). Its second offer and its answer
    /// to a restart of ours show that; data goes on meanwhile.
    /// </summary>
    [Theory]
    [MemberData(nameof(BothRoles))]
    public async Task IceRestart_AskedOfAiortc_LeavesTheConnectionAsItIs(bool weOffer)
    {
        await using var session = await OpenAsync(ForeignPeer.Aiortc, "echo", weOffer, ordered: true);
        var credentials = new List<string>();

        await ChannelExchange.ExpectNoGapAsync(session.Channel, rounds: 4, async round =>
        {
            var description = await (round % 2 == 0
                ? session.Peer.OfferToAsync(session.Connection, restart: true)
                : session.Peer.AnswerAsync(session.Connection, restart: true));
            credentials.AddRange(description.Split("\r\n").Where(line => line.StartsWith("a=ice-ufrag:", StringComparison.Ordinal)));
        });

        Assert.Equal(4, credentials.Count);
        Assert.Single(credentials.Distinct());
        Assert.Equal(PeerConnectionState.Connected, session.Connection.State);
    }

    private async Task<ForeignSession> OpenAsync(string stack, string mode, bool weOffer, bool ordered)
    {
        var peer = await fixture.NewPeerAsync(stack);
        var session = new ForeignSession(peer, new DataChannelOptions { Label = "t", NegotiatedId = 0, Ordered = ordered });
        await peer.OpenAsync("t", new JsonObject { ["negotiated"] = true, ["id"] = 0, ["ordered"] = ordered }, mode);
        await (weOffer ? peer.AnswerAsync(session.Connection) : peer.OfferToAsync(session.Connection)).WaitAsync(ChannelExchange.Limit);
        await session.Channel.Opened.WaitAsync(ChannelExchange.Limit);
        return session;
    }

    /// <summary>Our end of a session, and the peer at the other.</summary>
    private sealed class ForeignSession : IAsyncDisposable
    {
        private readonly WebRtcTransport _transport = new(new WebRtcTransportOptions());

        public ForeignSession(ForeignPeer peer, DataChannelOptions options)
        {
            Peer = peer;
            Connection = _transport.CreateConnection(new PeerConnectionOptions());
            Channel = Connection.OpenChannel(options);
        }

        public ForeignPeer Peer { get; }

        public IPeerConnection Connection { get; }

        public IDataChannel Channel { get; }

        public async ValueTask DisposeAsync()
        {
            await Connection.DisposeAsync();
            await _transport.DisposeAsync();
        }
    }
}
