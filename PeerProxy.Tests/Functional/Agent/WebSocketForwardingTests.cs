using System.Net.WebSockets;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Functional.Agent;

[Trait("Category", "Functional")]
public sealed class WebSocketForwardingTests
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    [Fact]
    public async Task Echo_TextBinaryAndLarge_ComeBackWhole()
    {
        string? origin = null;
        string? cookie = null;
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            origin = context.Request.Headers.Origin;
            cookie = context.Request.Headers.Cookie;
            using var socket = await context.WebSockets.AcceptWebSocketAsync("chat");
            await EchoAsync(socket);
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        fixture.Cookies.SetFromTarget("sid=1; HttpOnly", new PeerProxy.Agent.Cookies.CookieRequest("127.0.0.1", "/"));
        var (socket, refusal) = await fixture.Client.OpenWebSocketAsync(new TunnelRequest
        {
            Path = "/ws",
            Authority = "3fdw.peerproxy.dev",
            Scheme = "https",
            Fields = [new("pp-client", "https://3fdw.peerproxy.dev/x"), new("sec-websocket-protocol", "other, chat")],
        }).WaitAsync(Deadline);
        Assert.Null(refusal);
        Assert.Equal("chat", socket!.Protocol);
        Assert.Equal(server.Address.GetLeftPart(UriPartial.Authority), origin);
        Assert.Equal("sid=1", cookie);

        var large = new byte[3_000_000];
        new Random(5).NextBytes(large);
        foreach (var (data, isText) in new[] { ("gr\u00fc\u00df"u8.ToArray(), true), ([], true), (new byte[] { 0, 255 }, false), (large, false) })
        {
            await socket.SendAsync(data, isText).AsTask().WaitAsync(Deadline);
            var got = await socket.ReceiveAsync().AsTask().WaitAsync(Deadline);
            Assert.Equal(isText, got!.Value.IsText);
            Assert.Equal(data, got.Value.Data);
        }

        await socket.CloseAsync(4002, "bye");
        Assert.Null(await socket.ReceiveAsync().AsTask().WaitAsync(Deadline));
        Assert.Equal(new WebSocketCloseFrame(4002, "bye"), socket.CloseReceived);
        await ForwardingTests.UntilAsync(() => fixture.Pair.Agent.OpenStreams == 0 && fixture.Client.Connection.OpenStreams == 0);
    }

    [Fact]
    public async Task Close_ByTheTarget_CarriesCodeAndReason()
    {
        var targetSaw = new TaskCompletionSource<WebSocketCloseStatus?>();
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.CloseAsync((WebSocketCloseStatus)4321, "enough", CancellationToken.None);
            targetSaw.SetResult(socket.CloseStatus);
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        var (socket, _) = await fixture.Client.OpenWebSocketAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Null(await socket!.ReceiveAsync().AsTask().WaitAsync(Deadline));
        Assert.Equal(new WebSocketCloseFrame(4321, "enough"), socket.CloseReceived);
        Assert.Equal((WebSocketCloseStatus)4321, await targetSaw.Task.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Refusal_StatusIsPassedBack()
    {
        await using var server = await KestrelTarget.StartAsync(context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        var (socket, refusal) = await fixture.Client.OpenWebSocketAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Null(socket);
        Assert.Equal(403, refusal!.Status);
    }

    [Fact]
    public async Task Target_Dies_IsTargetLost()
    {
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.ReceiveAsync(new byte[10].AsMemory(), CancellationToken.None);
            context.Abort();
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        var (socket, _) = await fixture.Client.OpenWebSocketAsync(new TunnelRequest()).WaitAsync(Deadline);
        await socket!.SendAsync("die"u8.ToArray(), isText: true);
        var failure = await Assert.ThrowsAsync<TunnelStreamException>(async () =>
        {
            while (await socket.ReceiveAsync().AsTask().WaitAsync(Deadline) is not null)
            {
            }
        });
        Assert.Equal(TunnelErrorCode.TargetLost, failure.Code);
    }

    [Fact]
    public async Task Visitor_Vanishes_ClosesTheTarget()
    {
        var ended = new TaskCompletionSource();
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            try
            {
                await EchoAsync(socket);
            }
            catch (WebSocketException)
            {
                ended.SetResult();
            }
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        var (socket, _) = await fixture.Client.OpenWebSocketAsync(new TunnelRequest()).WaitAsync(Deadline);
        socket!.Abort();
        await ended.Task.WaitAsync(Deadline);
    }

    private static async Task EchoAsync(WebSocket socket)
    {
        var buffer = new byte[10_000];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, CancellationToken.None);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, CancellationToken.None);
        }
    }
}
