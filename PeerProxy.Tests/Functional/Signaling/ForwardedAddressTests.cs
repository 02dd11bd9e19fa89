using System.Net;
using System.Net.WebSockets;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Whose address counts when an edge stands in between.</summary>
[Trait("Category", "Functional")]
public sealed class ForwardedAddressTests
{
    [Theory]
    [InlineData("127.0.0.0/8, ::1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("", false)]
    public async Task Header_CountsOnlyFromTrustedProxies(string trusted, bool isBelieved)
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:TrustedProxies", trusted), ("Signaling:Limits:SocketsPerAddress", "1"), ("Signaling:VisitorDrainTimeout", "00:00:00"));
        using var first = await ConnectAsync(node, "192.0.2.1");
        if (isBelieved)
        {
            using var other = await ConnectAsync(node, "192.0.2.2");
            Assert.Equal(WebSocketState.Open, other.State);
        }

        using var same = new ClientWebSocket();
        same.Options.CollectHttpResponseDetails = true;
        same.Options.SetRequestHeader("X-Forwarded-For", isBelieved ? "192.0.2.1" : "192.0.2.2");
        await Assert.ThrowsAsync<WebSocketException>(() => same.ConnectAsync(TestSocket.UrlOf(node.Url, "some"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.TooManyRequests, same.HttpStatusCode);
    }

    [Fact]
    public async Task TrustedProxies_Nonsense_IsRefusedAtStart()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestNode.StartAsync(("Signaling:TrustedProxies", "the edge")));
        Assert.Contains("the edge", error.Message, StringComparison.Ordinal);
    }

    private static async Task<ClientWebSocket> ConnectAsync(TestNode node, string address)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-Forwarded-For", address);
        await socket.ConnectAsync(TestSocket.UrlOf(node.Url, "some"), CancellationToken.None);
        return socket;
    }
}
