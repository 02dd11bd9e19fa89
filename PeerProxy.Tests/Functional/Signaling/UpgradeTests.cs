using System.Net.Sockets;
using System.Text;
using PeerProxy.Signaling.Connections;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>A socket opens the same way whether its request is of the usual kind, which is taken before the HTTP server, or not.</summary>
[Trait("Category", "Functional")]
public sealed class UpgradeTests
{
    private const string Head =
        "GET /.peerproxy/signal?peer=some HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    [Theory]
    [InlineData("", false)]
    [InlineData("Sec-WebSocket-Protocol: chat\r\n", true)]
    public async Task Request_OpensASocket_WithTheAcceptOfItsKey(string field, bool isOfTheServer)
    {
        await using var node = await TestNode.StartAsync();
        var answer = await AskAsync(node, Head + field + "\r\n");

        Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
        // The example of RFC 6455 section 1.3.
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("challenge", answer, StringComparison.Ordinal);
        Assert.Equal(isOfTheServer, answer.Contains("Date: ", StringComparison.Ordinal));
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(node.Service<ConnectionTable>().Count == 0));
    }

    [Theory]
    [InlineData("GET /health HTTP/1.1\r\nHost: node\r\n\r\n", "HTTP/1.1 200 ")]
    [InlineData("GET /.peerproxy/signal HTTP/1.1\r\nHost: node\r\n\r\n", "HTTP/1.1 426 ")]
    [InlineData("GET /.peerproxy/signal?peer=X HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "HTTP/1.1 404 ")]
    [InlineData("nonsense\r\n\r\n", "HTTP/1.1 400 ")]
    public async Task Request_OfAnotherKind_IsTheServers(string request, string status)
    {
        await using var node = await TestNode.StartAsync();
        Assert.StartsWith(status, await AskAsync(node, request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatSaysNothing_IsCutOff()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:FirstMessage", "00:00:01"));
        using var client = new TcpClient();
        await client.ConnectAsync(node.Url.Host, node.Url.Port, TestContext.Current.CancellationToken);

        var read = client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().WaitAsync(TestSocket.Patience);
        try
        {
            Assert.Equal(0, await read);
        }
        catch (IOException)
        {
            // A reset ends it as well.
        }
    }

    /// <summary>Sends a request, and reads until something has come and half a message more.</summary>
    private static async Task<string> AskAsync(TestNode node, string request)
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(TestSocket.Patience);
        await client.ConnectAsync(node.Url.Host, node.Url.Port, limit.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        do
        {
            var length = await client.GetStream().ReadAsync(buffer, limit.Token);
            answer.Append(Encoding.Latin1.GetString(buffer, 0, length));
            Assert.NotEqual(0, length);
        }
        while (answer.ToString().StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal) && !answer.ToString().Contains("iceServers", StringComparison.Ordinal));

        return answer.ToString();
    }
}
