using System.Security.Cryptography;
using System.Text;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Interop.WebRtc;

[Trait("Category", "Interop")]
public class BrowserInteropTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const int BytesEachWay = 100 << 20;
    private static readonly TimeSpan _bulkLimit = TimeSpan.FromMinutes(4);

    private static readonly string[] _browsers = [BrowserInstallation.Chromium, BrowserInstallation.Firefox];
    private static readonly bool[] _bothRoles = [true, false];

    public static MatrixTheoryData<string, bool> BrowsersInBothRoles { get; } = new(_browsers, _bothRoles);

    public static MatrixTheoryData<string, bool, bool> BrowsersInBothRolesAndOrders { get; } = new(_browsers, _bothRoles, [true, false]);

    [Theory]
    [MemberData(nameof(BrowsersInBothRolesAndOrders))]
    public async Task Messages_OfAllSizes_ComeBackUnchanged(string name, bool weOffer, bool ordered)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var channel = connection.OpenChannel(new DataChannelOptions { Label = "t", NegotiatedId = 0, Ordered = ordered });
        await ConnectAsync(peer, connection, weOffer, $"peer.channel('t', {{ negotiated: true, id: 0, ordered: {(ordered ? "true" : "false")} }}).echo = true;");
        await channel.Opened.WaitAsync(ChannelExchange.Limit);

        await ChannelExchange.ExpectEchoesOfAllSizesAsync(channel);
        await ChannelExchange.ExpectEchoAsync(channel, [], isText: true);
        Assert.NotNull(connection.SelectedPath);

        await page.RunAsync("peer.pc.close();");
        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, await connection.Closed.WaitAsync(ChannelExchange.Limit));
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Bulk_HundredMegabytesEachWay_HashesAreEqual(string name)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var channel = connection.OpenChannel(new DataChannelOptions { Label = "t", NegotiatedId = 0 });
        await peer.ConnectToAsync(connection, "peer.channel('t', { negotiated: true, id: 0 }).collect = true;");
        await channel.Opened.WaitAsync(ChannelExchange.Limit);

        var collecting = page.RunAsync(
            "const s = peer.channels.t; await peer.waitFor(s, () => s.bytes >= arg); const hash = await peer.sha(s.parts); s.parts = []; return hash;",
            BytesEachWay);
        var sent = await ChannelExchange.SendBulkAsync(channel, BytesEachWay, collecting).WaitAsync(_bulkLimit);
        Assert.Equal(sent, (await collecting.WaitAsync(_bulkLimit)).GetString());

        var sending = page.RunAsync(
            """
            const s = peer.channels.t, parts = [];
            for (let i = 0; i < arg * 16; i++) {
              const part = new Uint8Array(65536);
              crypto.getRandomValues(part);
              parts.push(part);
            }
            for (const part of parts) await peer.send(s, part);
            return await peer.sha(parts);
            """,
            BytesEachWay >> 20);
        var received = await ChannelExchange.ReceiveBulkAsync(channel, BytesEachWay, sending).WaitAsync(_bulkLimit);
        Assert.Equal((await sending.WaitAsync(_bulkLimit)).GetString(), received);
    }

    [Theory]
    [MemberData(nameof(BrowsersInBothRoles))]
    public async Task Channels_HundredFromEachSide_OpenCarryCloseAndOpenAgain(string name, bool weOffer)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var echoing = 0;
        connection.ChannelOpened += channel => _ = EchoAsync(channel);
        await ConnectAsync(peer, connection, weOffer, "peer.echoAll = true; peer.channel('first', { negotiated: true, id: 1000 });");
        await connection.Connected.WaitAsync(ChannelExchange.Limit);

        var ours = Enumerable.Range(0, 100).Select(i => connection.OpenChannel(new DataChannelOptions { Label = $"ours{i}" })).ToList();
        foreach (var channel in ours)
        {
            await ChannelExchange.ExpectEchoAsync(channel, Encoding.UTF8.GetBytes(channel.Label), isText: true);
        }

        var theirs = await page.RunAsync(
            """
            peer.echoAll = false;
            const states = [];
            for (let i = 0; i < 100; i++) states.push(peer.channel('theirs' + i));
            for (const s of states) { await s.opened; s.channel.send(s.channel.label); }
            for (const s of states) await peer.waitFor(s, () => s.count === 1);
            for (const s of states) s.channel.close();
            for (const s of states) await s.closed;
            const again = peer.channel('again');
            await again.opened;
            again.channel.send('x');
            await peer.waitFor(again, () => again.count === 1);
            return states.length;
            """).WaitAsync(ChannelExchange.Limit);
        Assert.Equal(100, theirs.GetInt32());
        Assert.True(Volatile.Read(ref echoing) >= 101);

        foreach (var channel in ours)
        {
            await channel.CloseAsync().AsTask().WaitAsync(ChannelExchange.Limit);
        }

        var open = await page.RunAsync(
            "await Promise.all(Object.values(peer.channels).filter(s => s.channel.label.startsWith('ours')).map(s => s.closed)); return true;").WaitAsync(ChannelExchange.Limit);
        Assert.True(open.GetBoolean());

        await page.RunAsync("peer.echoAll = true;");
        var again = connection.OpenChannel(new DataChannelOptions { Label = "again from us" });
        await ChannelExchange.ExpectEchoAsync(again, "x"u8.ToArray(), isText: true);

        Task EchoAsync(IDataChannel channel)
        {
            Interlocked.Increment(ref echoing);
            return ChannelExchange.EchoAsync(channel);
        }
    }

    [Fact]
    public async Task SctpInit_InBothDescriptions_ReplacesTheHandshake()
    {
        foreach (var weOffer in new[] { false, true })
        {
            var peer = await fixture.OpenAsync(BrowserFixture.ChromiumWithSnap);
            await using var page = peer.Page;
            await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
            await using var connection = transport.CreateConnection(new PeerConnectionOptions());
            var channel = connection.OpenChannel(new DataChannelOptions { Label = "t", NegotiatedId = 0 });
            const string Setup = "peer.channel('t', { negotiated: true, id: 0 }).echo = true;";
            await ConnectAsync(peer, connection, weOffer, Setup);
            await channel.Opened.WaitAsync(ChannelExchange.Limit);

            foreach (var size in new[] { 1, 100_000 })
            {
                await ChannelExchange.ExpectEchoAsync(channel, RandomNumberGenerator.GetBytes(size), isText: false);
            }

            var descriptions = await page.RunAsync("return peer.pc.localDescription.sdp + peer.pc.remoteDescription.sdp;");
            Assert.Equal(2, descriptions.GetString()!.Split('\n').Count(line => line.StartsWith("a=sctp-init:", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [MemberData(nameof(BrowsersInBothRoles))]
    public async Task IceRestart_WhileDataFlows_LosesNothing(string name, bool weOffer)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var channel = connection.OpenChannel(new DataChannelOptions { Label = "t", NegotiatedId = 0 });
        await ConnectAsync(peer, connection, weOffer, "peer.channel('t', { negotiated: true, id: 0 }).echo = true;");
        await channel.Opened.WaitAsync(ChannelExchange.Limit);

        await ChannelExchange.ExpectNoGapAsync(channel, rounds: 4, round => round % 2 == 0 ? TheyRestartAsync() : WeRestartAsync());

        Assert.Equal(PeerConnectionState.Connected, connection.State);

        async Task TheyRestartAsync()
        {
            var offer = await page.RunAsync("peer.pc.restartIce(); await peer.pc.setLocalDescription(); return peer.pc.localDescription.sdp;");
            var answer = await connection.AcceptOfferAsync(offer.GetString()!);
            await page.RunAsync("await peer.pc.setRemoteDescription({ type: 'answer', sdp: arg });", answer);
        }

        async Task WeRestartAsync()
        {
            var offer = await connection.CreateOfferAsync(iceRestart: true);
            var answer = await page.RunAsync(
                "await peer.pc.setRemoteDescription({ type: 'offer', sdp: arg }); await peer.pc.setLocalDescription(); return peer.pc.localDescription.sdp;", offer);
            await connection.AcceptAnswerAsync(answer.GetString()!);
        }
    }

    private static Task ConnectAsync(BrowserPeer peer, IPeerConnection connection, bool weOffer, string setup) =>
        weOffer ? peer.AnswerAsync(connection, setup) : peer.ConnectToAsync(connection, setup);
}
