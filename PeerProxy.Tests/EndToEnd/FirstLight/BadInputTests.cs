using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using PeerProxy.Agent.NativeClient;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Tests.Functional.Signaling;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>
/// Whatever somebody sends to the nodes and to the agent, the answer is a clear error or silence, and a visitor who downloads meanwhile notices
/// nothing; a new visitor gets in afterwards.
/// </summary>
[Collection(FirstLightCollection.Name)]
public sealed class BadInputTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    private const long DownloadBytes = 24L << 20;
    private const int Seed = 20261122;

    public static TheoryData<string> MalformedMessages { get; } = new()
    {
        "", "{", "null", "[]", "42", "\"offer\"", "{}", "{\"mtype\":null}", "{\"mtype\":7}", "{\"mtype\":\"offer\"}", "{\"mtype\":\"offer\",\"payload\":[]}",
        "{\"mtype\":\"offer\",\"recipient\":{},\"payload\":{\"sdp\":1}}", "{\"mtype\":\"idRequest\",\"payload\":{\"version\":-1,\"publicKey\":\"!!\",\"signature\":\"x\",\"epoch\":\"y\"}}",
        "{\"mtype\":\"no-such-type\",\"payload\":{}}", "{\"mtype\":\"candidate\",\"payload\":{\"candidate\":\"" + new string('c', 5000) + "\"}}",
        new string('[', 5000), "{\"mtype\":\"offer\",\"mtype\":\"answer\"}", "\u0000\u0001\u0002", "{\"mtype\":\"ping\",\"payload\":{\"t\":{\"deep\":[[[[[]]]]]}}}",
    };

    [Fact]
    public async Task Signaling_MalformedMessages_AreAnsweredWithAnErrorOrAClosedSocket()
    {
        var download = await StartDownloadAsync();
        foreach (var text in MalformedMessages.Select(row => row.Data))
        {
            foreach (var peer in new[] { Fixture.Suite.Agent.Id, null })
            {
                await using var socket = await TestSocket.OpenAsync(Fixture.Suite.EdgeUrl, peer);
                await socket.SendRawAsync(text);
                // A ping closes the question: its pong, or the end of the socket, comes after whatever the node says to the message.
                await socket.SendAsync(new PingPayload(JsonSerializer.SerializeToElement("still there")));
                await ReadUntilPongOrEndAsync(socket);
            }
        }

        await download.AssertWholeAsync();
    }

    [Fact]
    public async Task Signaling_BinaryAndOversizedMessages_AreRefused()
    {
        var download = await StartDownloadAsync();
        foreach (var (bytes, type) in new[]
        {
            (new byte[100], WebSocketMessageType.Binary),
            (Encoding.ASCII.GetBytes("{\"mtype\":\"ping\",\"payload\":{\"t\":\"" + new string('a', 70_000) + "\"}}"), WebSocketMessageType.Text),
            (new byte[4 << 20], WebSocketMessageType.Text),
        })
        {
            await using var socket = await TestSocket.OpenAsync(Fixture.Suite.EdgeUrl, Fixture.Suite.Agent.Id);
            try
            {
                await socket.SendRawAsync(bytes, type);
            }
            catch (WebSocketException)
            {
                // Cut off while the message was still on its way: as good an answer as any.
                continue;
            }

            await ReadUntilPongOrEndAsync(socket);
        }

        await download.AssertWholeAsync();
    }

    [Theory]
    [InlineData("nobody-there")]
    [InlineData("zz")]
    [InlineData("-bad-")]
    [InlineData("v-0123456789")]
    public async Task Signaling_OfferToAnUnknownId_IsAnsweredWithAnError(string id)
    {
        await using var socket = await TestSocket.OpenAsync(Fixture.Suite.EdgeUrl, Fixture.Suite.Agent.Id);

        await socket.SendAsync(new OfferPayload("v=0\r\n", Convert.ToBase64String(new byte[16]).TrimEnd('='), null), id);

        // Other messages may come first (the servers for ICE); without an error the socket must be closed.
        SignalingEnvelope? envelope;
        do
        {
            envelope = await socket.ReadAsync();
        }
        while (envelope is { Payload: not ErrorPayload });

        Assert.True(envelope?.Payload is ErrorPayload || socket.Socket.State != WebSocketState.Open);
    }

    [Theory]
    [MemberData(nameof(Visits.Browsers), MemberType = typeof(Visits))]
    public async Task Page_OfAnUnknownId_SaysSo(string browser)
    {
        await using var page = await (await Fixture.BrowserAsync(browser)).NewPageAsync();
        var tab = new SiteTab(page, Route.Direct, new Uri($"http://nobody-there.localhost:{Fixture.Suite.EdgeUrl.Port}/"));

        await page.GotoAsync(tab.Address("/some/path"));

        await tab.WaitForTabAsync("return /no agent|not found|unknown|offline|nobody/i.test(document.body.innerText)");
    }

    /// <summary>SDP that is no SDP reaches the agent itself.</summary>
    [Fact]
    public async Task Agent_OffersThatAreNoSdp_AreAnsweredWithAnErrorOrSilence()
    {
        var download = await StartDownloadAsync();
        foreach (var sdp in new[] { "", "v=0", "v=0\r\nm=audio 9 RTP/AVP 0\r\n", new string('a', 30_000), "v=0\r\no=- 1 1 IN IP4 0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=fingerprint:sha-256 00\r\n" })
        {
            await using var socket = await TestSocket.OpenAsync(Fixture.Suite.EdgeUrl, Fixture.Suite.Agent.Id);
            await socket.SendAsync(new OfferPayload(sdp, "AAAAAAAAAAAAAAAAAAAAAA", null), Fixture.Suite.Agent.Id);
            await socket.SendAsync(new CandidatePayload("candidate:nonsense", "0"), Fixture.Suite.Agent.Id);
            await socket.SendAsync(new PingPayload(JsonSerializer.SerializeToElement("still there")));
            await ReadUntilPongOrEndAsync(socket);
        }

        await download.AssertWholeAsync();
    }

    /// <summary>A connected visitor who sends garbage, or valid frames cut short, loses his connection; the agent keeps the others.</summary>
    [Theory]
    [InlineData("random")]
    [InlineData("truncated")]
    [InlineData("flipped")]
    [InlineData("text")]
    public async Task Agent_BadTunnelFrames_EndThatVisitorOnly(string kind)
    {
        var download = await StartDownloadAsync();
        var random = new Random(Seed);
        for (var round = 0; round < 6; round++)
        {
            await using var transport = new WebRtcTransport(new WebRtcTransportOptions { IncludeLoopback = true });
            var tap = new ChannelTap(transport);
            await using var visitor = await NativeVisitor.ConnectAsync(tap, Fixture.Suite.EdgeUrl, Fixture.Suite.Agent.Id);
            var closed = visitor.Connection.Closed;
            var channel = tap.Channels[round % 2 == 0 ? TunnelChannels.StreamsId : TunnelChannels.ControlId];
            try
            {
                for (var i = 0; i < 200 && !closed.IsCompleted; i++)
                {
                    await channel.SendAsync(BadFrame(kind, random), isText: kind == "text").AsTask().WaitAsync(SiteTab.WaitLimit);
                }
            }
            catch (PeerConnectionException)
            {
                // The agent has closed the connection: that is the clear error.
            }
        }

        await download.AssertWholeAsync();
        await AssertNewVisitorGetsInAsync();
    }

    /// <summary>Datagrams from nowhere: random, and such that look like STUN, DTLS or relayed data at first sight.</summary>
    [Fact]
    public async Task Agent_RandomDatagrams_AreIgnored()
    {
        var download = await StartDownloadAsync();
        var random = new Random(Seed);
        var agent = new IPEndPoint(IPAddress.Loopback, Fixture.Suite.AgentUdpPort);
        byte[] firstBytes = [0, 1, 2, 3, 16, 19, 20, 21, 22, 23, 25, 63, 64, 79, 128, 191, 255];
        for (var source = 0; source < 10; source++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            for (var i = 0; i < 500; i++)
            {
                var datagram = new byte[random.Next(0, i % 50 == 0 ? 9000 : 1400)];
                random.NextBytes(datagram);
                Disguise(datagram, firstBytes[i % firstBytes.Length]);
                await socket.SendToAsync(datagram, agent);
            }
        }

        await download.AssertWholeAsync();
        await AssertNewVisitorGetsInAsync();
    }

    /// <summary>Makes a datagram look right in its first bytes, so that it gets past the first check.</summary>
    private static void Disguise(byte[] datagram, byte first)
    {
        if (datagram.Length == 0)
        {
            return;
        }

        datagram[0] = first;
        if (first is 0 or 1 && datagram.Length >= 20)
        {
            // A STUN header with a length that fits and the right cookie.
            datagram[1] = 1;
            datagram[2] = (byte)((datagram.Length - 20) >> 8);
            datagram[3] = (byte)((datagram.Length - 20) & 0xFC);
            new byte[] { 0x21, 0x12, 0xA4, 0x42 }.CopyTo(datagram, 4);
        }
        else if (first is >= 20 and <= 63 && datagram.Length >= 13)
        {
            // A DTLS record header with a length that fits.
            datagram[1] = 0xFE;
            datagram[2] = 0xFD;
            datagram[11] = (byte)((datagram.Length - 13) >> 8);
            datagram[12] = (byte)(datagram.Length - 13);
        }
    }

    private static byte[] BadFrame(string kind, Random random)
    {
        if (kind == "text")
        {
            return Encoding.ASCII.GetBytes("this is not a frame");
        }

        if (kind == "random")
        {
            var bytes = new byte[random.Next(0, 3000)];
            random.NextBytes(bytes);
            return bytes;
        }

        // HEADERS of stream 1 with a payload of 20 bytes, then cut short or with one bit flipped.
        byte[] frame = [0, 0, 0, 1, 0, 20, 0, 0, 0, 0, 0, 3, 0, 0, .. new byte[18]];
        if (kind == "truncated")
        {
            return frame[..random.Next(0, frame.Length)];
        }

        frame[random.Next(frame.Length)] ^= (byte)(1 << random.Next(8));
        return frame;
    }

    private static async Task ReadUntilPongOrEndAsync(TestSocket socket)
    {
        while (await socket.ReadAsync() is { Payload: not PongPayload })
        {
        }
    }

    private async Task AssertNewVisitorGetsInAsync()
    {
        var tab = await OpenAsync(BrowserInstallation.Chromium, Route.Proxied);
        await tab.WaitForTextAsync("#here", "Page 1");
    }

    private async Task<Download> StartDownloadAsync()
    {
        var tab = await OpenAsync(BrowserInstallation.Chromium, Route.Proxied);
        await tab.RunAsync($$"""
            const download = async (arg) => { {{PageScripts.DownloadAndHash}} };
            window.downloading = download(arg);
            """, $"/bytes/{DownloadBytes}?seed=33&id={Id}");
        await Lab.Request(Id).Started.WaitAsync(SiteTab.WaitLimit);
        return new Download(tab);
    }

    /// <summary>The visitor who must notice nothing.</summary>
    private sealed class Download(SiteTab tab)
    {
        public async Task AssertWholeAsync()
        {
            var result = await tab.RunAsync("return window.downloading");
            Assert.Equal(LabBytes.Sha256(DownloadBytes, 33), result.GetProperty("sha256").GetString());
        }
    }
}
