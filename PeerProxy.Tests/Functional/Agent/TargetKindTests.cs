using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Functional.Agent;

/// <summary>Every kind of target a person can name: each answers a request and a WebSocket under its own name.</summary>
[Trait("Category", "Functional")]
public sealed class TargetKindTests : IDisposable
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    private readonly string _folder = Directory.CreateTempSubdirectory("peerproxy-target-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("http://127.0.0.1", false)]
    [InlineData("http://localhost", false)]
    [InlineData("http://[::1]", true)]
    [InlineData("http://localhost", true)]
    [InlineData("https://127.0.0.1", false)]
    [InlineData("https://localhost", false)]
    [InlineData("https://[::1]", true)]
    [InlineData("unix:", false)]
    public async Task Target_AnswersRequestsAndWebSockets(string address, bool isIPv6)
    {
        Assert.SkipUnless(!isIPv6 || Socket.OSSupportsIPv6, "This machine has no IPv6.");
        var socketFile = address == "unix:" ? Path.Combine(_folder, "app.sock") : null;
        var isHttps = address.StartsWith("https:", StringComparison.Ordinal);
        await using var server = await KestrelTarget.StartAsync(ServeAsync, socketFile, isHttps, isIPv6 ? IPAddress.IPv6Loopback : null);
        var target = socketFile is null ? $"{address}:{server.Address.Port}" : address + socketFile;
        var expectedHost = socketFile is null ? new Uri(target).Authority : "localhost";
        await using var fixture = new ForwardingFixture(target, acceptAnyCertificate: isHttps);
        Assert.True(TargetAddress.TryParse(target, out var parsed, out _));

        await TargetClient.ProbeAsync(parsed, acceptAnyCertificate: isHttps, TestContext.Current.CancellationToken).WaitAsync(Deadline);
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Equal($"{(isHttps ? "https" : "http")} {expectedHost}", await ForwardingTests.TextAsync(response));

        var (socket, refusal) = await fixture.Client.OpenWebSocketAsync(new TunnelRequest { Path = "/ws" }).WaitAsync(Deadline);
        Assert.Null(refusal);
        Assert.Equal(System.Text.Encoding.ASCII.GetBytes(expectedHost), (await socket!.ReceiveAsync().AsTask().WaitAsync(Deadline))!.Value.Data);
    }

    private static async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await context.Response.WriteAsync($"{context.Request.Scheme} {context.Request.Host}");
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(context.Request.Host.Value!), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
    }
}
