using System.Security.Cryptography;
using System.Text;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Interop.WebRtc;

[Trait("Category", "Interop")]
public class BrowserInteropTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const int MegabytesEachWay = 100;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _bulkLimit = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData(BrowserInstallation.Chromium, true)]
    [InlineData(BrowserInstallation.Chromium, false)]
    [InlineData(BrowserInstallation.Firefox, true)]
    [InlineData(BrowserInstallation.Firefox, false)]
    public async Task Messages_OfAllSizes_ComeBackUnchanged(string name, bool ordered)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var channel = connection.OpenChannel(new DataChannelOptions { Label = "t", NegotiatedId = 0, Ordered = ordered });
        await peer.ConnectToAsync(connection, $"peer.channel('t', {{ negotiated: true, id: 0, ordered: {(ordered ? "true" : "false")} }}).echo = true;");
        await channel.Opened.WaitAsync(_limit);

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
        await channel.SendAsync(ReadOnlyMemory<byte>.Empty, isText: true);
        using var empty = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
        Assert.Equal(0, empty!.Data.Length);
        Assert.NotNull(connection.SelectedPath);
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
        await channel.Opened.WaitAsync(_limit);

        var collecting = page.RunAsync(
            "const s = peer.channels.t; await peer.waitFor(s, () => s.bytes >= arg); const hash = await peer.sha(s.parts); s.parts = []; return hash;",
            MegabytesEachWay << 20);
        var sent = await SendAsync(channel, collecting).WaitAsync(_bulkLimit);
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
            MegabytesEachWay);
        var received = await ReceiveAsync(channel, sending).WaitAsync(_bulkLimit);
        Assert.Equal((await sending.WaitAsync(_bulkLimit)).GetString(), received);
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Channels_HundredFromEachSide_OpenCarryAndClose(string name)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var echoing = 0;
        connection.ChannelOpened += channel => _ = EchoAsync(channel);
        await peer.ConnectToAsync(connection, "peer.echoAll = true; peer.channel('first', { negotiated: true, id: 1000 });");
        await connection.Connected.WaitAsync(_limit);

        var ours = Enumerable.Range(0, 100).Select(i => connection.OpenChannel(new DataChannelOptions { Label = $"ours{i}" })).ToList();
        foreach (var channel in ours)
        {
            await channel.SendAsync(Encoding.UTF8.GetBytes(channel.Label), isText: true);
            using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
            Assert.Equal(channel.Label, Encoding.UTF8.GetString(echo!.Data.Span));
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
            """).WaitAsync(_limit);
        Assert.Equal(100, theirs.GetInt32());
        Assert.True(Volatile.Read(ref echoing) >= 101);

        foreach (var channel in ours)
        {
            await channel.CloseAsync().AsTask().WaitAsync(_limit);
        }

        var open = await page.RunAsync(
            "await Promise.all(Object.values(peer.channels).filter(s => s.channel.label.startsWith('ours')).map(s => s.closed)); return true;").WaitAsync(_limit);
        Assert.True(open.GetBoolean());

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

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Connect_WeOffer_BothSidesTalk(string name)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var channel = connection.OpenChannel(new DataChannelOptions { Label = "t", NegotiatedId = 0 });
        await peer.AnswerAsync(connection, "peer.channel('t', { negotiated: true, id: 0 }).echo = true;");
        await channel.Opened.WaitAsync(_limit);

        await channel.SendAsync("hello"u8.ToArray());
        using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
        Assert.Equal("hello"u8.ToArray(), echo!.Data.ToArray());

        await page.RunAsync("peer.pc.close();");
        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, await connection.Closed.WaitAsync(_limit));
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
            await (weOffer ? peer.AnswerAsync(connection, Setup) : peer.ConnectToAsync(connection, Setup));
            await channel.Opened.WaitAsync(_limit);

            foreach (var size in new[] { 1, 100_000 })
            {
                var message = RandomNumberGenerator.GetBytes(size);
                await channel.SendAsync(message);
                using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
                Assert.Equal(message, echo!.Data.ToArray());
            }

            var descriptions = await page.RunAsync("return peer.pc.localDescription.sdp + peer.pc.remoteDescription.sdp;");
            Assert.Equal(2, descriptions.GetString()!.Split('\n').Count(line => line.StartsWith("a=sctp-init:", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task IceRestart_WhileDataFlows_LosesNothing(string name)
    {
        var peer = await fixture.OpenAsync(name);
        await using var page = peer.Page;
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var channel = connection.OpenChannel(new DataChannelOptions { Label = "t", NegotiatedId = 0 });
        await peer.ConnectToAsync(connection, "peer.channel('t', { negotiated: true, id: 0 }).echo = true;");
        await channel.Opened.WaitAsync(_limit);
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var sent = 0;
            while (!stop.IsCancellationRequested)
            {
                await channel.SendAsync(BitConverter.GetBytes(sent++));
                await Task.Delay(1);
            }

            return sent;
        });

        var received = 0;
        for (var round = 0; round < 3; round++)
        {
            var offer = await page.RunAsync("peer.pc.restartIce(); await peer.pc.setLocalDescription(); return peer.pc.localDescription.sdp;");
            var answer = await connection.AcceptOfferAsync(offer.GetString()!);
            await page.RunAsync("await peer.pc.setRemoteDescription({ type: 'answer', sdp: arg });", answer);
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

        Assert.Equal(PeerConnectionState.Connected, connection.State);

        async Task ExpectAsync()
        {
            using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(_limit);
            Assert.Equal(received++, BitConverter.ToInt32(echo!.Data.Span));
        }
    }

    private static async Task<string> SendAsync(IDataChannel channel, Task other)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(1);
        var message = new byte[64 * 1024];
        for (var i = 0; i < MegabytesEachWay * 16 && !other.IsFaulted; i++)
        {
            random.NextBytes(message);
            hash.AppendData(message);
            await channel.SendAsync(message);
        }

        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }

    private static async Task<string> ReceiveAsync(IDataChannel channel, Task other)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long bytes = 0; bytes < MegabytesEachWay << 20 && !other.IsFaulted;)
        {
            using var message = await channel.ReceiveAsync();
            hash.AppendData(message!.Data.Span);
            bytes += message.Data.Length;
        }

        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }
}
