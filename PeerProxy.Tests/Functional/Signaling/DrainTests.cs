using System.Net;
using System.Net.WebSockets;
using PeerProxy.Agent.Signaling;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>A node that stops.</summary>
[Trait("Category", "Functional")]
public sealed class DrainTests
{
    [Fact]
    public async Task Stop_AgentMovesToAnotherNode_AndIsReachableThroughout()
    {
        await using var redis = await RedisProcess.StartAsync();
        (string, string)[] settings =
        [
            ("ConnectionStrings:redis", redis.ConnectionString), ("Signaling:VisitorDrainTimeout", "00:00:00"),
            ("Signaling:Limits:VisitorOffers:PerSecond", "1000"), ("Signaling:Limits:VisitorMessages:PerSecond", "1000"),
        ];
        await using var leaving = await TestNode.StartAsync([.. settings, ("Signaling:DrainTimeout", "00:00:30")]);
        await using var staying = await TestNode.StartAsync([.. settings, ("Signaling:DrainTimeout", "00:00:01")]);
        using var key = AgentKey.Create();
        var edge = leaving.Url;
        var moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = new SignalingClient(
            new SignalingClientOptions
            {
                Server = leaving.Url,
                Name = "nomad",
                OpenSocketAsync = async (_, cancellationToken) =>
                {
                    // The first attempt after the drain meets the old node once more, as behind an edge that has not noticed yet.
                    var url = edge;
                    if (edge == leaving.Url && moved.Task.IsCompleted)
                    {
                        edge = staying.Url;
                    }
                    var socket = new ClientWebSocket();
                    await socket.ConnectAsync(TestSocket.UrlOf(url), cancellationToken);
                    return socket;
                },
            },
            key);
        using var stop = new CancellationTokenSource();
        var run = client.RunAsync(stop.Token);
        Assert.IsType<PeerAssigned>(await client.Events.ReadAsync().AsTask().WaitAsync(TestSocket.Patience));
        await using var visitor = await TestSocket.OpenAsync(staying.Url, "nomad");

        moved.SetResult();
        var stopping = leaving.StopAsync();
        var offers = 0;
        var arrived = 0;
        var isMoved = false;
        while (!stopping.IsCompleted || !isMoved)
        {
            await visitor.SendAsync(TestSocket.SampleOffer($"{offers}"));
            offers++;
            while (arrived < offers)
            {
                var next = await client.Events.ReadAsync().AsTask().WaitAsync(TestSocket.Patience);
                isMoved |= next is PeerAssigned { IsReconnect: true };
                if (next is OfferReceived offer)
                {
                    Assert.Equal($"{arrived++}", offer.Offer.Sdp);
                }
            }
            await Task.Delay(20);
        }

        await stopping.WaitAsync(TestSocket.Patience);
        Assert.True(client.IsConnected);
        await stop.CancelAsync();
        Assert.True((await run).IsStopped);
    }

    [Fact]
    public async Task Stop_SocketsAreTold_NewOnesRefused_AndLateOnesClosed()
    {
        await using var node = await TestNode.StartAsync(("Signaling:DrainTimeout", "00:00:05"), ("Signaling:VisitorDrainTimeout", "00:00:05"));
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "stubborn");
        await using var _1 = agent;
        await using var visitor = await TestSocket.OpenAsync(node.Url, "stubborn");
        using var http = new HttpClient { BaseAddress = node.Url };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health")).StatusCode);

        var stopping = node.StopAsync();
        Assert.Equal(5, (await agent.ExpectAsync<DrainPayload>()).ReconnectWithinSeconds);
        await visitor.ExpectAsync<DrainPayload>();

        // Whoever is in the middle of something can finish it.
        await visitor.SendAsync(TestSocket.SampleOffer());
        await agent.ExpectAsync<OfferPayload>();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/alive")).StatusCode);
        using var late = new ClientWebSocket();
        late.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => late.ConnectAsync(TestSocket.UrlOf(node.Url), CancellationToken.None));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.HttpStatusCode);

        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await agent.ReadToEndAsync());
        await stopping.WaitAsync(TestSocket.Patience);
    }
}
