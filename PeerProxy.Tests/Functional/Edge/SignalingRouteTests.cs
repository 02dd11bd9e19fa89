using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PeerProxy.WebClient;

namespace PeerProxy.Tests.Functional.Edge;

/// <summary>The signaling WebSocket through YARP: spread over nodes, away from dead ones, and over HTTP/2.</summary>
[Trait("Category", "Functional")]
public sealed class SignalingRouteTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Sockets_AreSpreadOverTheNodes()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using var one = await StartNodeAsync("one");
        await using var two = await StartNodeAsync("two");
        await using var edge = await StartEdgeAsync(EdgeFixture.AddressOf(one), EdgeFixture.AddressOf(two));

        using var first = await ConnectAsync(edge, deadline.Token);
        using var second = await ConnectAsync(edge, deadline.Token);

        string[] names = [await ReceiveAsync(first, deadline.Token), await ReceiveAsync(second, deadline.Token)];
        Assert.Equal(["one", "two"], names.Order());
    }

    [Fact]
    public async Task Messages_GoBothWays()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using var node = await StartNodeAsync("node");
        await using var edge = await StartEdgeAsync(EdgeFixture.AddressOf(node));
        using var socket = await ConnectAsync(edge, deadline.Token);
        await ReceiveAsync(socket, deadline.Token);

        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, deadline.Token);

        Assert.Equal("hello", await ReceiveAsync(socket, deadline.Token));
    }

    [Fact]
    public async Task DeadNode_GetsNoSockets()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using var gone = await StartNodeAsync("gone");
        await using var alive = await StartNodeAsync("alive");
        await using var edge = await StartEdgeAsync(EdgeFixture.AddressOf(gone), EdgeFixture.AddressOf(alive));
        await gone.StopAsync(deadline.Token);

        var inARow = 0;
        while (inARow < 6)
        {
            deadline.Token.ThrowIfCancellationRequested();
            try
            {
                using var socket = await ConnectAsync(edge, deadline.Token);
                Assert.Equal("alive", await ReceiveAsync(socket, deadline.Token));
                inARow++;
            }
            catch (WebSocketException)
            {
                // Until the health check has seen the dead node, a connection may still be tried there.
                inARow = 0;
            }
        }
    }

    [Fact]
    public async Task Socket_OverHttp2WithTls_Works()
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var certificate = SelfSigned();
        await using var node = await StartNodeAsync("node");
        await using var edge = EdgeApp.Build(
            ["--Signaling:Nodes:0", EdgeFixture.AddressOf(node).ToString()],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
            });
        await edge.StartAsync(deadline.Token);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString() },
        });
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        await socket.ConnectAsync(SignalUri(edge, "wss"), http, deadline.Token);

        Assert.Equal("node", await ReceiveAsync(socket, deadline.Token));
    }

    [Fact]
    public async Task WithoutNodes_SignalingIsUnavailable_AndTheRestWorks()
    {
        await using var edge = await StartEdgeAsync();
        using var http = new HttpClient { BaseAddress = EdgeFixture.AddressOf(edge) };

        using var signal = await http.GetAsync("/.peerproxy/signal");
        using var health = await http.GetAsync("/alive");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, signal.StatusCode);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public void NodeThatIsNoUrl_IsRefusedAtStartWithNameAndValue()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => EdgeApp.Build(["--Signaling:Nodes", "http://ok:1;nonsense"]));

        Assert.Contains("Signaling:Nodes", failure.Message);
        Assert.Contains("nonsense", failure.Message);
    }

    /// <summary>Says its name to each socket, then echoes.</summary>
    private static async Task<WebApplication> StartNodeAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/health", () => "ok");
        app.Map("/.peerproxy/signal", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync(Encoding.UTF8.GetBytes(name), WebSocketMessageType.Text, true, context.RequestAborted);
            var buffer = new byte[1024];
            while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            {
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
            }
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<WebApplication> StartEdgeAsync(params Uri[] nodes)
    {
        string[] args = ["--urls", "http://127.0.0.1:0", .. nodes.SelectMany((node, i) => new[] { $"--Signaling:Nodes:{i}", node.ToString() })];
        var edge = EdgeApp.Build(args, builder => builder.Logging.ClearProviders());
        await edge.StartAsync();
        return edge;
    }

    private static Uri SignalUri(WebApplication edge, string scheme = "ws") =>
        new UriBuilder(EdgeFixture.AddressOf(edge)) { Scheme = scheme, Path = "/.peerproxy/signal" }.Uri;

    private static async Task<ClientWebSocket> ConnectAsync(WebApplication edge, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(SignalUri(edge), cancellation);
        return socket;
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellation)
    {
        var buffer = new byte[1024];
        var message = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
        return Encoding.UTF8.GetString(buffer, 0, message.Count);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
