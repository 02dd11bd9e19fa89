using System.Net.Http.Json;
using System.Text.Json;
using PeerProxy.Agent.Signaling;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Registry;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Redis is killed, and comes back empty.</summary>
[Trait("Category", "Functional")]
public sealed class RedisOutageTests
{
    [Fact]
    public async Task Redis_Away_NodeServesItsOwnAgentsAndSaysDegraded()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var node = await RedisNodesTests.StartNodeAsync(redis);
        await using var other = await RedisNodesTests.StartNodeAsync(redis);
        using var http = new HttpClient { BaseAddress = node.Url };
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "steady");
        await using var _1 = agent;
        Assert.Equal("Healthy", await HealthAsync(http));

        await redis.KillAsync();
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(!node.Service<IPeerRegistry>().IsAvailable && !other.Service<IPeerRegistry>().IsAvailable));
        Assert.Equal("Degraded", await HealthAsync(http));

        await using (var visitor = await TestSocket.OpenAsync(node.Url, "steady"))
        {
            await visitor.SendAsync(TestSocket.SampleOffer());
            await agent.ExpectAsync<OfferPayload>();
        }
        await using (var elsewhere = await TestSocket.OpenAsync(other.Url, "steady"))
        {
            await elsewhere.SendAsync(TestSocket.SampleOffer());
            Assert.Equal(SignalingErrorCode.Unavailable, await elsewhere.ExpectErrorAsync());
        }
        await using (var fresh = await TestSocket.OpenAsync(node.Url))
        {
            await fresh.RequestIdAsync(key, "unheard-of");
            Assert.Equal(SignalingErrorCode.Unavailable, await fresh.ExpectErrorAsync());
        }
        await using (var thief = await TestSocket.OpenAsync(node.Url))
        {
            using var otherKey = AgentKey.Create();
            await thief.RequestIdAsync(otherKey, "steady");
            Assert.Equal(SignalingErrorCode.NameTaken, await thief.ExpectErrorAsync());
        }

        await redis.BringUpAsync();
        await using var later = await TestSocket.OpenAsync(other.Url, "steady");
        await RedisNodesTests.WaitForAsync(async () =>
            (await other.Service<IPeerRegistry>().FindAsync(PeerId.Parse("steady"), default)).Status == PeerLookupStatus.Live);
        await later.SendAsync(TestSocket.SampleOffer());
        await agent.ExpectAsync<OfferPayload>();
        Assert.Equal("Healthy", await HealthAsync(http));
    }

    [Fact]
    public async Task Redis_BackEmpty_NameStaysWithItsKeyAtEveryNode()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var node = await RedisNodesTests.StartNodeAsync(redis, leaseSeconds: 20);
        await using var other = await RedisNodesTests.StartNodeAsync(redis, leaseSeconds: 20);
        using var key = AgentKey.Create();
        using var thief = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "guarded");
        await using var _1 = agent;
        // The other node has spoken with this Redis before, as any node that serves has.
        var (bystander, _) = await TestSocket.RegisterAsync(other.Url, thief, "bystander");
        await using var _2 = bystander;

        await redis.KillAsync();
        await redis.BringUpAsync();
        using var deadline = new CancellationTokenSource(TestSocket.Patience);
        SignalingErrorCode code;
        do
        {
            await Task.Delay(50, deadline.Token);
            await using var socket = await TestSocket.OpenAsync(other.Url);
            await socket.RequestIdAsync(thief, "guarded");
            code = await socket.ExpectErrorAsync();
        }
        while (code == SignalingErrorCode.Unavailable);

        Assert.Equal(SignalingErrorCode.NameTaken, code);
    }

    [Fact]
    public async Task Node_StartedBeforeRedis_WorksOnceItIsThere()
    {
        await using var redis = await RedisProcess.StartAsync();
        await redis.KillAsync();
        await using var one = await RedisNodesTests.StartNodeAsync(redis);
        await using var two = await RedisNodesTests.StartNodeAsync(redis);
        using var key = AgentKey.Create();
        await using var agent = new TestAgent(one.Url, key, "patient");
        Assert.Equal(SignalingErrorCode.Unavailable, (await agent.ExpectAsync<SignalingInterrupted>()).Failure.Code);

        await redis.BringUpAsync();
        await agent.ExpectAsync<PeerAssigned>();
        await using var visitor = await TestSocket.OpenAsync(two.Url, "patient");
        // Node two may be a moment later than node one.
        await RedisNodesTests.WaitForAsync(async () =>
        {
            await visitor.SendAsync(TestSocket.SampleOffer());
            return await visitor.ReadAnswerAsync() is null;
        });
        await agent.ExpectAsync<OfferReceived>();
    }

    [Fact]
    public async Task Node_Killed_AgentIsReachableThroughAnother()
    {
        await using var redis = await RedisProcess.StartAsync();
        var one = await RedisNodesTests.StartNodeAsync(redis);
        await using var two = await RedisNodesTests.StartNodeAsync(redis);
        using var key = AgentKey.Create();
        var current = one.Url;
        var client = new SignalingClient(
            new SignalingClientOptions
            {
                Server = one.Url,
                Name = "nomad",
                FirstReconnectDelay = TimeSpan.FromMilliseconds(50),
                OpenSocketAsync = async (_, cancellationToken) =>
                {
                    // The edge in front of the nodes: whichever is alive.
                    var socket = new System.Net.WebSockets.ClientWebSocket();
                    await socket.ConnectAsync(TestSocket.UrlOf(current), cancellationToken);
                    return socket;
                },
            },
            key);
        using var stop = new CancellationTokenSource();
        var run = client.RunAsync(stop.Token);
        Assert.IsType<PeerAssigned>(await client.Events.ReadAsync());

        current = two.Url;
        await one.DisposeAsync();
        SignalingEvent next;
        do
        {
            next = await client.Events.ReadAsync().AsTask().WaitAsync(TestSocket.Patience);
        }
        while (next is not PeerAssigned);

        await using var visitor = await TestSocket.OpenAsync(two.Url, "nomad");
        await visitor.SendAsync(TestSocket.SampleOffer());
        do
        {
            next = await client.Events.ReadAsync().AsTask().WaitAsync(TestSocket.Patience);
        }
        while (next is not OfferReceived);
        await stop.CancelAsync();
        Assert.True((await run).IsStopped);
    }

    private static async Task<string> HealthAsync(HttpClient http) =>
        (await http.GetFromJsonAsync<JsonElement>("/health")).GetProperty("status").GetString()!;
}
