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

    [Theory]
    [InlineData(ForeignPeer.Wrtc, true, true)]
    [InlineData(ForeignPeer.Wrtc, true, false)]
    [InlineData(ForeignPeer.Wrtc, false, true)]
    [InlineData(ForeignPeer.Wrtc, false, false)]
    [InlineData(ForeignPeer.Werift, true, true)]
    [InlineData(ForeignPeer.Werift, true, false)]
    [InlineData(ForeignPeer.Werift, false, true)]
    [InlineData(ForeignPeer.Werift, false, false)]
    [InlineData(ForeignPeer.Aiortc, true, true)]
    [InlineData(ForeignPeer.Aiortc, true, false)]
    [InlineData(ForeignPeer.Aiortc, false, true)]
    [InlineData(ForeignPeer.Aiortc, false, false)]
    public async Task Messages_OfAllSizes_ComeBackUnchanged(string stack, bool weOffer, bool ordered)
    {
        await using var session = await OpenAsync(stack, "echo", weOffer, ordered);
        await ChannelExchange.ExpectEchoesOfAllSizesAsync(session.Channel);

        await session.Peer.RunAsync("close");
        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, await session.Connection.Closed.WaitAsync(ChannelExchange.Limit));
    }

    /// <summary>The stacks in scripting languages carry 4 to 6 MB/s, so they get less than libwebrtc.</summary>
    [Theory]
    [InlineData(ForeignPeer.Wrtc, 100)]
    [InlineData(ForeignPeer.Werift, 20)]
    [InlineData(ForeignPeer.Aiortc, 20)]
    public async Task Bulk_EachWay_HashesAreEqual(string stack, int megabytes)
    {
        await using var session = await OpenAsync(stack, "hash", weOffer: false, ordered: true);
        long bytes = (long)megabytes << 20;

        var collecting = session.Peer.RunAsync("received", new { label = "t", bytes });
        var sent = await ChannelExchange.SendBulkAsync(session.Channel, bytes, collecting).WaitAsync(_bulkLimit);
        Assert.Equal(sent, (await collecting.WaitAsync(_bulkLimit)).GetString());

        var sending = session.Peer.RunAsync("send", new { label = "t", bytes, size = 64 * 1024 });
        var receiving = ChannelExchange.ReceiveBulkAsync(session.Channel, bytes, sending);
        Assert.Equal((await sending.WaitAsync(_bulkLimit)).GetString(), await receiving.WaitAsync(_bulkLimit));
    }

    [Theory]
    [InlineData(ForeignPeer.Wrtc)]
    [InlineData(ForeignPeer.Werift)]
    [InlineData(ForeignPeer.Aiortc)]
    public async Task Channels_HundredFromEachSide_OpenCarryAndClose(string stack)
    {
        await using var session = await OpenAsync(stack, "count", weOffer: false, ordered: true);
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

        Task EchoAsync(IDataChannel channel)
        {
            Interlocked.Increment(ref echoing);
            return ChannelExchange.EchoAsync(channel);
        }
    }

    /// <summary>aiortc knows no restart: its ICE library makes one pair of credentials for good.</summary>
    [Theory]
    [InlineData(ForeignPeer.Wrtc)]
    [InlineData(ForeignPeer.Werift)]
    public async Task IceRestart_WhileDataFlows_LosesNothing(string stack)
    {
        await using var session = await OpenAsync(stack, "echo", weOffer: false, ordered: true);

        await ChannelExchange.ExpectNoGapAsync(session.Channel, rounds: 4, round => round % 2 == 0
            ? session.Peer.OfferToAsync(session.Connection, restart: true)
            : session.Peer.AnswerAsync(session.Connection, restart: true));

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
