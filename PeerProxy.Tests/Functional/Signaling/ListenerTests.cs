using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Logging;
using PeerProxy.Protocol.Identity;
using PeerProxy.Signaling;
using PeerProxy.Signaling.Connections;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Clients of all kinds at the one port of a node, down to single bytes: who gets a WebSocket, who the HTTP server, and who is closed.</summary>
[Trait("Category", "Functional")]
public sealed class ListenerTests
{
    private const string Head =
        "GET /.peerproxy/signal?peer=some HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    // Text frame, masked with zeros: {"mtype":"ping"}.
    private static readonly byte[] PingFrame = [0x81, 0x90, 0, 0, 0, 0, .. "{\"mtype\":\"ping\"}"u8];

    // Only the HTTP server says what time it is.
    private const string MarkOfTheServer = "Date: ";

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(-1)]
    public async Task Head_InTwoSegments_OpensASocketAllTheSame(int at)
    {
        await using var node = await TestNode.StartAsync();
        using var client = await ConnectAsync(node);
        await SendAsync(client, Head[..(at > 0 ? at : Head.Length + at)]);
        // The node has seen the first segment when it has served somebody who came later.
        await using var later = await TestSocket.OpenAsync(node.Url, "some");
        await SendAsync(client, Head[(at > 0 ? at : Head.Length + at)..]);

        Assert.Contains("challenge", await ReadUntilAsync(client, "iceServers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_RightBehindTheHead_AreNotLost()
    {
        await using var node = await TestNode.StartAsync();
        using var client = await ConnectAsync(node);
        await client.SendAsync((byte[])[.. Encoding.ASCII.GetBytes(Head), .. PingFrame], TestContext.Current.CancellationToken);

        Assert.Contains(MarkOfTheServer, await ReadUntilAsync(client, "pong"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatClosesItsSideAtOnce_GetsItsAnswer_AndLeavesNothing()
    {
        await using var node = await TestNode.StartAsync();
        using var client = await ConnectAsync(node);
        await SendAsync(client, Head);
        client.Shutdown(SocketShutdown.Send);

        Assert.DoesNotContain(MarkOfTheServer, await ReadUntilAsync(client, "iceServers"), StringComparison.Ordinal);
        Assert.Equal("", await ReadToEndAsync(client));
        await WaitUntilEmptyAsync(node);
    }

    [Fact]
    public async Task Refusal_OfAnAddress_IsTheServers_AndTakesNothingFromTheNext()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:SocketsPerAddress", "1"));
        using var first = await ConnectAsync(node);
        await SendAsync(first, Head);
        Assert.DoesNotContain(MarkOfTheServer, await ReadUntilAsync(first, "iceServers"), StringComparison.Ordinal);

        using var second = await ConnectAsync(node);
        await SendAsync(second, Head);
        Assert.StartsWith("HTTP/1.1 429 ", await ReadUntilAsync(second, "\r\n\r\n"), StringComparison.Ordinal);

        await first.SendAsync(PingFrame, TestContext.Current.CancellationToken);
        await ReadUntilAsync(first, "pong");
    }

    [Fact]
    public async Task Silence_OfAThousandSockets_EndsAtTheDeadline_AndDelaysNobody()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:FirstMessage", "00:00:03"));
        var silent = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => ConnectAsync(node)));
        var ends = silent.Select(WaitUntilCutAsync).ToArray();

        await using var visitor = await TestSocket.OpenAsync(node.Url, "some");
        await visitor.PingAsync();
        using var http = new HttpClient { BaseAddress = node.Url };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/alive", TestContext.Current.CancellationToken)).StatusCode);

        await Task.WhenAll(ends);
        await visitor.PingAsync();
        Assert.Equal(1, node.Service<SignalingEndpoint>().Served);
        Array.ForEach(silent, socket => socket.Dispose());
    }

    [Fact]
    public async Task Silence_OfTooMany_MakesRoomForWhoSpeaks()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:UndecidedSockets", "3"));
        var silent = new List<Socket>();
        for (var i = 0; i < 4; i++)
        {
            silent.Add(await ConnectAsync(node));
        }

        await WaitUntilCutAsync(silent[0]);
        await SendAsync(silent[3], Head);
        await ReadUntilAsync(silent[3], "iceServers");
        silent.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Clients_ThatResetAtOnce_DoNotDisturbOthers()
    {
        await using var node = await TestNode.StartAsync();
        for (var i = 0; i < 100; i++)
        {
            using var client = await ConnectAsync(node);
            if (i % 2 == 0)
            {
                await SendAsync(client, Head[..(Head.Length - i % 4)]);
            }
            client.LingerState = new LingerOption(true, 0);
        }

        await using var visitor = await TestSocket.OpenAsync(node.Url, "some");
        await visitor.PingAsync();
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(node.Service<SignalingEndpoint>().Served == 1));
    }

    [Fact]
    public async Task BrokenFrame_IsAnsweredWithItsReason_WhateverFollows()
    {
        await using var node = await TestNode.StartAsync();
        using var client = await ConnectAsync(node);
        await SendAsync(client, Head);
        await ReadUntilAsync(client, "iceServers");

        // Not masked, against RFC 6455 section 5.1.
        await client.SendAsync((byte[])[0x81, 0x02, (byte)'{', (byte)'}', .. new byte[5_000]], TestContext.Current.CancellationToken);

        // A close frame with 1002, and an orderly end.
        Assert.Contains("\u0088\u0002\u0003\u00ea", await ReadToEndAsync(client), StringComparison.Ordinal);
        await WaitUntilEmptyAsync(node);
    }

    [Fact]
    public async Task Flood_OfFramesThatSayNothing_LeavesTheNodeToOthers()
    {
        await using var node = await TestNode.StartAsync();
        using var flood = await ConnectAsync(node);
        await SendAsync(flood, Head);
        await ReadUntilAsync(flood, "iceServers");
        using var over = new CancellationTokenSource();
        byte[] pong = [0x8a, 0x80, 0, 0, 0, 0];
        var pongs = Enumerable.Repeat(pong, 10_000).SelectMany(frame => frame).ToArray();
        var flooding = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await flood.SendAsync(pongs);
            }
        });

        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "some");
        await using var _1 = agent;
        await agent.PingAsync();

        await over.CancelAsync();
        await flooding;
    }

    [Fact]
    public async Task Abort_FromAnyThread_EndsTheSocket()
    {
        await using var node = await TestNode.StartAsync();
        await using var visitor = await TestSocket.OpenAsync(node.Url, "some");
        await visitor.PingAsync();
        var connection = node.Service<ConnectionTable>().All.Single();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => connection.Abort(CutOffReason.Dead))));

        await visitor.ReadToEndAsync();
        await WaitUntilEmptyAsync(node);
    }

    [Fact]
    public async Task Stop_EndsAllSockets_OpenOrSilent()
    {
        await using var node = await TestNode.StartAsync(("Signaling:DrainTimeout", "00:00:00"), ("Signaling:VisitorDrainTimeout", "00:00:00"));
        await using var visitor = await TestSocket.OpenAsync(node.Url, "some");
        await visitor.PingAsync();
        using var silent = await ConnectAsync(node);
        var silentEnd = WaitUntilCutAsync(silent);

        var stopping = node.StopAsync();
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await visitor.ReadToEndAsync());
        await visitor.DisposeAsync();
        await stopping.WaitAsync(TestSocket.Patience, TestContext.Current.CancellationToken);

        await silentEnd;
        Assert.Equal(0, node.Service<SignalingEndpoint>().Served);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(node));
    }

    [Fact]
    public async Task Address_OfAnotherNode_IsReportedAtStart()
    {
        await using var node = await TestNode.StartAsync();
        await using var second = SignalingApp.Build(["--urls", node.Url.ToString()], builder => builder.Logging.ClearProviders());

        var error = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("address already in use", error.Message, StringComparison.Ordinal);
    }

    private static async Task<Socket> ConnectAsync(TestNode node)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, node.Url.Port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Task SendAsync(Socket socket, string text) => socket.SendAsync(Encoding.ASCII.GetBytes(text));

    private static async Task<string> ReadUntilAsync(Socket socket, string end)
    {
        using var limit = new CancellationTokenSource(TestSocket.Patience);
        var said = "";
        var buffer = new byte[4096];
        while (!said.Contains(end, StringComparison.Ordinal))
        {
            var length = await socket.ReceiveAsync(buffer, limit.Token);
            Assert.NotEqual(0, length);
            said += Encoding.Latin1.GetString(buffer, 0, length);
        }
        return said;
    }

    /// <summary>What comes until the orderly end: a reset fails.</summary>
    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TestSocket.Patience);
        var said = "";
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, limit.Token) is var length and > 0)
        {
            said += Encoding.Latin1.GetString(buffer, 0, length);
        }
        return said;
    }

    /// <summary>Whoever said nothing is told nothing, and is reset or closed.</summary>
    private static async Task WaitUntilCutAsync(Socket socket)
    {
        try
        {
            Assert.Equal("", await ReadToEndAsync(socket));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The end of somebody who waits for nothing.
        }
    }

    private static Task WaitUntilEmptyAsync(TestNode node) =>
        RedisNodesTests.WaitForAsync(() => Task.FromResult(node.Service<ConnectionTable>().Count == 0 && node.Service<SignalingEndpoint>().Served == 0));
}
