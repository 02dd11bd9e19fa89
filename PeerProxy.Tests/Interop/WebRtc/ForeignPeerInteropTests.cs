using System.Security.Cryptography;
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
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
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
        var channel = session.Channel;

        foreach (var size in new[] { 1, 2, 1000, 1191, 1192, 16 * 1024, 65_536, 262_144 })
        {
            var message = RandomNumberGenerator.GetBytes(size);
            await channel.SendAsync(message);
            using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
            Assert.False(echo!.IsText);
            Assert.Equal(message, echo.Data.ToArray());
        }

        await channel.SendAsync(Encoding.UTF8.GetBytes("grüße"), isText: true);
        using var text = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
        Assert.True(text!.IsText);
        Assert.Equal("grüße", Encoding.UTF8.GetString(text.Data.Span));

        await session.Peer.RunAsync("close");
        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, await session.Connection.Closed.WaitAsync(_limit));
    }

    /// <summary>The stacks in scripting languages carry 4 to 6 MB/s, so they get less than libwebrtc.</summary>
    [Theory]
    [InlineData(ForeignPeer.Wrtc, 100)]
    [InlineData(ForeignPeer.Werift, 20)]
    [InlineData(ForeignPeer.Aiortc, 20)]
    public async Task Bulk_EachWay_HashesAreEqual(string stack, int megabytes)
    {
        const int Size = 64 * 1024;
        await using var session = await OpenAsync(stack, "hash", weOffer: false, ordered: true);
        long bytes = (long)megabytes << 20;

        var collecting = session.Peer.RunAsync("received", new { label = "t", bytes });
        var sent = await SendAsync(session.Channel, bytes, Size, collecting).WaitAsync(_bulkLimit);
        Assert.Equal(sent, (await collecting.WaitAsync(_bulkLimit)).GetString());

        var sending = session.Peer.RunAsync("send", new { label = "t", bytes, size = Size });
        var receiving = ReceiveAsync(session.Channel, bytes);
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
        await session.Channel.Opened.WaitAsync(_limit);

        var ours = Enumerable.Range(0, 100).Select(i => session.Connection.OpenChannel(new DataChannelOptions { Label = $"ours{i}" })).ToList();
        foreach (var channel in ours)
        {
            await channel.SendAsync(Encoding.UTF8.GetBytes(channel.Label), isText: true);
            using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
            Assert.Equal(channel.Label, Encoding.UTF8.GetString(echo!.Data.Span));
        }

        await session.Peer.RunAsync("many", new { count = 100 }).WaitAsync(_limit);
        Assert.Equal(101, Volatile.Read(ref echoing));

        foreach (var channel in ours)
        {
            await channel.CloseAsync().AsTask().WaitAsync(_limit);
        }

        Assert.Equal(100, (await session.Peer.RunAsync("closed", new { prefix = "ours" }).WaitAsync(_limit)).GetInt32());

        async Task EchoAsync(IDataChannel channel)
        {
            Interlocked.Increment(ref echoing);
            while (await channel.ReceiveAsync() is { } message)
            {
                using (message)
                {
                    await channel.SendAsync(message.Data, message.IsText);
                }
            }
        }
    }

    /// <summary>aiortc knows no restart: its ICE library makes one pair of credentials for good.</summary>
    [Theory]
    [InlineData(ForeignPeer.Wrtc)]
    [InlineData(ForeignPeer.Werift)]
    public async Task IceRestart_WhileDataFlows_LosesNothing(string stack)
    {
        await using var session = await OpenAsync(stack, "echo", weOffer: false, ordered: true);
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var sent = 0;
            while (!stop.IsCancellationRequested)
            {
                await session.Channel.SendAsync(BitConverter.GetBytes(sent++));
                await Task.Delay(1);
            }

            return sent;
        });

        var received = 0;
        for (var round = 0; round < 4; round++)
        {
            await (round % 2 == 0
                ? session.Peer.OfferToAsync(session.Connection, restart: true)
                : session.Peer.AnswerAsync(session.Connection, restart: true)).WaitAsync(_limit);
            for (var i = 0; i < 200; i++)
            {
                await ExpectAsync();
            }
        }

        await stop.CancelAsync();
        var total = await sending.WaitAsync(_limit);
        while (received < total)
        {
            await ExpectAsync();
        }

        Assert.Equal(PeerConnectionState.Connected, session.Connection.State);

        async Task ExpectAsync()
        {
            using var echo = await session.Channel.ReceiveAsync().AsTask().WaitAsync(_limit);
            Assert.Equal(received++, BitConverter.ToInt32(echo!.Data.Span));
        }
    }

    private async Task<ForeignSession> OpenAsync(string stack, string mode, bool weOffer, bool ordered)
    {
        var peer = await fixture.NewPeerAsync(stack);
        var session = new ForeignSession(peer, new DataChannelOptions { Label = "t", NegotiatedId = 0, Ordered = ordered });
        await peer.OpenAsync("t", new JsonObject { ["negotiated"] = true, ["id"] = 0, ["ordered"] = ordered }, mode);
        await (weOffer ? peer.AnswerAsync(session.Connection) : peer.OfferToAsync(session.Connection)).WaitAsync(_limit);
        await session.Channel.Opened.WaitAsync(_limit);
        return session;
    }

    private static async Task<string> SendAsync(IDataChannel channel, long bytes, int size, Task other)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(1);
        var message = new byte[size];
        for (long sent = 0; sent < bytes && !other.IsFaulted; sent += size)
        {
            random.NextBytes(message);
            hash.AppendData(message);
            await channel.SendAsync(message);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<string> ReceiveAsync(IDataChannel channel, long bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long received = 0; received < bytes;)
        {
            using var message = await channel.ReceiveAsync();
            hash.AppendData(message!.Data.Span);
            received += message.Data.Length;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
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
