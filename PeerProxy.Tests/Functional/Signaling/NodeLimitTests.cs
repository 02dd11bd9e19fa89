using System.Net;
using System.Net.WebSockets;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Limits at their edge: the last allowed one passes, the next one does not.</summary>
[Trait("Category", "Functional")]
public sealed class NodeLimitTests
{
    // Slow refills: a slow machine must not earn tokens during a test.
    private const string Never = "0.0001";

    [Fact]
    public async Task SocketsPerAddress_TheNextOneIsRefused_AndAFreedPlaceIsTaken()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:SocketsPerAddress", "3"));
        var sockets = new List<TestSocket>();
        for (var i = 0; i < 3; i++)
        {
            sockets.Add(await TestSocket.OpenAsync(node.Url, "some"));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await RefusedStatusAsync(node));

        await sockets[0].DisposeAsync();
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(node.Service<ConnectionTable>().Count == 2));
        await RedisNodesTests.WaitForAsync(async () =>
        {
            try
            {
                sockets[0] = await TestSocket.OpenAsync(node.Url, "some");
                return true;
            }
            catch (WebSocketException)
            {
                return false;
            }
        });
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }
    }

    [Fact]
    public async Task Sockets_OfTheNode_TheNextOneIsRefused()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:Sockets", "1"));
        await using var socket = await TestSocket.OpenAsync(node.Url, "some");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await RefusedStatusAsync(node));
    }

    [Fact]
    public async Task ConnectRate_TheNextOneIsRefused()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:ConnectsPerAddress:PerSecond", Never), ("Signaling:Limits:ConnectsPerAddress:Burst", "2"));
        await using var first = await TestSocket.OpenAsync(node.Url, "some");
        await using var second = await TestSocket.OpenAsync(node.Url, "some");

        Assert.Equal(HttpStatusCode.TooManyRequests, await RefusedStatusAsync(node));
    }

    [Fact]
    public async Task MessageRate_TheNextOneIsRefused_AndOthersAreServed()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:VisitorMessages:PerSecond", Never), ("Signaling:Limits:VisitorMessages:Burst", "5"));
        await using var other = await TestSocket.OpenAsync(node.Url, "some");
        await using var socket = await TestSocket.OpenAsync(node.Url, "some");
        for (var i = 0; i < 5; i++)
        {
            await socket.PingAsync();
        }

        await socket.SendAsync(new PingPayload());

        Assert.Equal(SignalingErrorCode.RateLimited, await socket.ExpectErrorAsync());
        await other.PingAsync();
    }

    [Fact]
    public async Task ByteRate_TheNextOneIsRefused()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:VisitorBytes:PerSecond", Never), ("Signaling:Limits:VisitorBytes:Burst", "100000"));
        await using var socket = await TestSocket.OpenAsync(node.Url, "nobody");
        await socket.SendAsync(TestSocket.SampleOffer(new string('a', 60_000)));
        Assert.Equal(SignalingErrorCode.UnknownPeer, await socket.ExpectErrorAsync());

        await socket.SendAsync(TestSocket.SampleOffer(new string('a', 60_000)));

        Assert.Equal(SignalingErrorCode.RateLimited, await socket.ExpectErrorAsync());
    }

    [Fact]
    public async Task Offers_OfAVisitor_TheNextOneIsRefused()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:VisitorOffers:PerSecond", Never), ("Signaling:Limits:VisitorOffers:Burst", "2"));
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "some");
        await using var _1 = agent;
        await using var visitor = await TestSocket.OpenAsync(node.Url, "some");
        await visitor.SendAsync(TestSocket.SampleOffer());
        await visitor.SendAsync(TestSocket.SampleOffer());
        await visitor.SendAsync(TestSocket.SampleOffer());

        Assert.Equal(SignalingErrorCode.RateLimited, await visitor.ExpectErrorAsync());
        await agent.ExpectAsync<OfferPayload>();
        await agent.ExpectAsync<OfferPayload>();

        // Candidates are not offers.
        await visitor.SendAsync(new CandidatePayload("candidate:1"));
        await agent.ExpectAsync<CandidatePayload>();
    }

    [Fact]
    public async Task Offers_ToAnAgent_TheNextVisitorIsRefused()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:AgentOffers:PerSecond", Never), ("Signaling:Limits:AgentOffers:Burst", "1"));
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "some");
        await using var _1 = agent;
        await using var first = await TestSocket.OpenAsync(node.Url, "some");
        await using var second = await TestSocket.OpenAsync(node.Url, "some");
        await first.SendAsync(TestSocket.SampleOffer());
        await agent.ExpectAsync<OfferPayload>();

        await second.SendAsync(TestSocket.SampleOffer());

        Assert.Equal(SignalingErrorCode.RateLimited, await second.ExpectErrorAsync());
    }

    [Fact]
    public async Task Registrations_OfAnAddress_TheNextOneIsRefused()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:RegistrationsPerAddress:PerSecond", Never), ("Signaling:Limits:RegistrationsPerAddress:Burst", "1"));
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "some");
        await using var _1 = agent;
        await using var next = await TestSocket.OpenAsync(node.Url);
        await next.RequestIdAsync(key, "more");

        Assert.Equal(SignalingErrorCode.RateLimited, await next.ExpectErrorAsync());
    }

    [Fact]
    public async Task FirstMessage_NeverComes_SocketIsCut()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:FirstMessage", "00:00:01"));
        await using var silent = await TestSocket.OpenAsync(node.Url);
        await using var speaking = await TestSocket.OpenAsync(node.Url, "some");
        await speaking.PingAsync();

        await silent.ReadToEndAsync();

        await speaking.PingAsync();
    }

    [Fact]
    public async Task Registration_NeverComes_SocketIsCut()
    {
        await using var node = await TestNode.StartAsync(("Signaling:Limits:Registration", "00:00:02"));
        await using var idle = await TestSocket.OpenAsync(node.Url);
        await idle.PingAsync();

        await idle.ReadToEndAsync();
    }

    [Fact]
    public async Task Silence_IsPinged_AndADeadSocketIsCut()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:PingInterval", "00:00:01"), ("Signaling:Limits:DeadAfter", "00:00:05"));
        await using var socket = await TestSocket.OpenAsync(node.Url, "some");
        await socket.PingAsync();
        SignalingEnvelope? next;
        do
        {
            next = await socket.ReadAsync();
        }
        while (next?.Payload is not PingPayload);

        // It reads and never answers.
        await socket.ReadToEndAsync();

        await RedisNodesTests.WaitForAsync(() => Task.FromResult(node.Service<ConnectionTable>().Count == 0));
    }

    [Fact]
    public async Task SlowConsumer_IsCutOff_AndOthersAreServed()
    {
        await using var node = await TestNode.StartAsync(
            ("Signaling:Limits:VisitorMessages:PerSecond", "1000000"), ("Signaling:Limits:VisitorMessages:Burst", "1000000"),
            ("Signaling:Limits:VisitorBytes:PerSecond", "1000000000"), ("Signaling:Limits:VisitorBytes:Burst", "1000000000"));
        using var key = AgentKey.Create();
        using var otherKey = AgentKey.Create();
        var (slow, _) = await TestSocket.RegisterAsync(node.Url, key, "slow");
        await using var _1 = slow;
        var (quick, _) = await TestSocket.RegisterAsync(node.Url, otherKey, "quick");
        await using var _2 = quick;
        await using var flood = await TestSocket.OpenAsync(node.Url, "slow");
        await using var visitor = await TestSocket.OpenAsync(node.Url, "quick");
        var candidate = SignalingCodec.Write(new SignalingEnvelope(new CandidatePayload(new string('c', 1000))));

        // Nobody reads the slow agent's socket: the kernel's buffers fill, then the queue, then the node has enough.
        var table = node.Service<ConnectionTable>();
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(table.FindAgent(PeerId.Parse("slow")) is not null));
        using var deadline = new CancellationTokenSource(TestSocket.Patience);
        var sent = 0;
        try
        {
            while (table.FindAgent(PeerId.Parse("slow")) is not null)
            {
                await flood.Socket.SendAsync(candidate, WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
                sent++;
            }
        }
        catch (WebSocketException)
        {
            // The flooding visitor reads no errors, so it is a slow consumer too once its agent is gone.
        }
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(table.FindAgent(PeerId.Parse("slow")) is null));

        Assert.True(sent > 256, $"{sent} messages are fewer than the queue holds.");
        await visitor.SendAsync(TestSocket.SampleOffer());
        await quick.ExpectAsync<OfferPayload>();
    }

    private static async Task<HttpStatusCode> RefusedStatusAsync(TestNode node)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(TestSocket.UrlOf(node.Url, "some"), CancellationToken.None));
        return socket.HttpStatusCode;
    }
}
