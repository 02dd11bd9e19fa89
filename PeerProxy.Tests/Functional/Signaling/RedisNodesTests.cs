using PeerProxy.Agent.Signaling;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Registry;
using PeerProxy.Signaling.Routing;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Several nodes that share one Redis.</summary>
[Trait("Category", "Functional")]
public sealed class RedisNodesTests
{
    [Fact]
    public async Task OfferAndAnswer_AgentAndVisitorOnDifferentNodes_AreRouted()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var one = await StartNodeAsync(redis);
        await using var two = await StartNodeAsync(redis);
        await using var three = await StartNodeAsync(redis);
        using var key = AgentKey.Create();
        await using var agent = new TestAgent(one.Url, key, "far-away");
        await agent.ExpectAsync<PeerAssigned>();
        await using var first = await TestSocket.OpenAsync(two.Url, "far-away");
        await using var second = await TestSocket.OpenAsync(three.Url, "far-away");

        foreach (var visitor in new[] { first, second })
        {
            await visitor.SendAsync(TestSocket.SampleOffer());
            for (var i = 0; i < 20; i++)
            {
                await visitor.SendAsync(new CandidatePayload($"candidate:{i}"));
            }
            var offer = await agent.ExpectAsync<OfferReceived>();
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal($"candidate:{i}", (await agent.ExpectAsync<CandidateReceived>()).Candidate.Candidate);
            }
            await agent.Client.SendAsync(offer.Visitor, new AnswerPayload("answer", "k", "s"), CancellationToken.None);
            Assert.Equal("far-away", (await visitor.ExpectEnvelopeAsync<AnswerPayload>()).Sender);
        }
    }

    [Fact]
    public async Task Offer_UnknownAndOfflineAgents_AreToldApart()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var one = await StartNodeAsync(redis);
        await using var two = await StartNodeAsync(redis);
        using var key = AgentKey.Create();
        var agent = new TestAgent(one.Url, key, "was-here");
        await agent.ExpectAsync<PeerAssigned>();
        await agent.DisposeAsync();
        await WaitForAsync(async () => (await one.Service<IPeerRegistry>().FindAsync(PeerId.Parse("was-here"), default)).Status == PeerLookupStatus.Offline);

        await using var visitor = await TestSocket.OpenAsync(two.Url, "was-here");
        await visitor.SendAsync(TestSocket.SampleOffer());
        Assert.Equal(SignalingErrorCode.PeerOffline, await visitor.ExpectErrorAsync());

        await using var other = await TestSocket.OpenAsync(two.Url, "never-here");
        await other.SendAsync(TestSocket.SampleOffer());
        Assert.Equal(SignalingErrorCode.UnknownPeer, await other.ExpectErrorAsync());
    }

    [Fact]
    public async Task Register_SameKeyAtAnotherNode_SupersedesTheFirst()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var one = await StartNodeAsync(redis);
        await using var two = await StartNodeAsync(redis);
        using var key = AgentKey.Create();
        var (old, _) = await TestSocket.RegisterAsync(one.Url, key, "moving", epoch: 5);
        await using var _1 = old;
        var (current, _) = await TestSocket.RegisterAsync(two.Url, key, "moving", epoch: 6);
        await using var _2 = current;

        Assert.Equal(SignalingErrorCode.Superseded, await old.ExpectErrorAsync());
        await old.ReadToEndAsync();

        // The late close of the old socket leaves the new registration alone.
        await using var visitor = await TestSocket.OpenAsync(one.Url, "moving");
        await visitor.SendAsync(TestSocket.SampleOffer());
        await current.ExpectAsync<OfferPayload>();

        await using var late = await TestSocket.OpenAsync(one.Url);
        await late.RequestIdAsync(key, "moving", epoch: 5);
        Assert.Equal(SignalingErrorCode.Superseded, await late.ExpectErrorAsync());
    }

    [Fact]
    public async Task Register_OneNameByTwoKeysAtOnce_NeverBoth()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var one = await StartNodeAsync(redis);
        await using var two = await StartNodeAsync(redis);
        using var first = AgentKey.Create();
        using var second = AgentKey.Create();
        for (var round = 0; round < 25; round++)
        {
            await using var a = await TestSocket.OpenAsync(one.Url);
            await using var b = await TestSocket.OpenAsync(two.Url);
            await Task.WhenAll(a.RequestIdAsync(first, $"race-{round}"), b.RequestIdAsync(second, $"race-{round}"));

            var answers = await Task.WhenAll(ReadOutcomeAsync(a), ReadOutcomeAsync(b));

            Assert.Single(answers, answer => answer is IdAssignedPayload);
            Assert.Equal("name-taken", Assert.IsType<ErrorPayload>(answers.Single(answer => answer is not IdAssignedPayload)).Code);
        }

        static async Task<SignalingPayload> ReadOutcomeAsync(TestSocket socket)
        {
            while (true)
            {
                var payload = (await socket.ReadAsync())!.Payload;
                if (payload is IdAssignedPayload or ErrorPayload)
                {
                    return payload;
                }
            }
        }
    }

    [Fact]
    public async Task Message_ForAnAgentThatHasJustMoved_IsSentAfterIt()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var old = await StartNodeAsync(redis);
        await using var current = await StartNodeAsync(redis);
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(current.Url, key, "moved");
        await using var _1 = agent;
        await using var visitor = await TestSocket.OpenAsync(current.Url, "moved");
        await visitor.PingAsync();
        var id = current.Service<ConnectionTable>().All.Single(connection => connection.IsVisitor).Id;

        // What a third node sends that asked the registry a moment before the agent moved.
        var text = SignalingCodec.Write(new SignalingEnvelope(TestSocket.SampleOffer(), "moved", id));
        old.Service<MessageRouter>().Receive(new NodeMessage(NodeMessageKind.Deliver, "moved", id, SignalingMessageType.Offer, "", text));
        Assert.Equal(id, (await agent.ExpectEnvelopeAsync<OfferPayload>()).Sender);

        // Once it is nowhere, the visitor hears so, from whichever node found out.
        await agent.DisposeAsync();
        await WaitForAsync(async () => (await old.Service<IPeerRegistry>().FindAsync(PeerId.Parse("moved"), default)).Status == PeerLookupStatus.Offline);
        old.Service<MessageRouter>().Receive(new NodeMessage(NodeMessageKind.Deliver, "moved", id, SignalingMessageType.Offer, "", text));
        Assert.Equal(SignalingErrorCode.PeerOffline, await visitor.ExpectErrorAsync());
    }

    [Fact]
    public async Task Lease_NodeDiesWithoutAWord_EndsByItself()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var node = await StartNodeAsync(redis);
        var registry = node.Service<IPeerRegistry>();
        var id = PeerId.Parse("abandoned");
        await registry.RegisterAsync(new PeerRegistration(id, "hash", "deadnode", "socket", 1, 1), default);
        Assert.Equal(PeerLookupStatus.Live, (await registry.FindAsync(id, default)).Status);

        // Even before that, nobody waits for a node that does not listen.
        await using var visitor = await TestSocket.OpenAsync(node.Url, "abandoned");
        await visitor.SendAsync(TestSocket.SampleOffer());
        Assert.Equal(SignalingErrorCode.PeerOffline, await visitor.ExpectErrorAsync());

        await WaitForAsync(async () => (await registry.FindAsync(id, default)).Status == PeerLookupStatus.Offline);
    }

    [Fact]
    public async Task Lease_AgentStays_IsExtended()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var one = await StartNodeAsync(redis, leaseSeconds: 1);
        await using var two = await StartNodeAsync(redis, leaseSeconds: 1);
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(one.Url, key, "lasting");
        await using var _1 = agent;
        await using var visitor = await TestSocket.OpenAsync(two.Url, "lasting");

        await LeaseWatch.OutliveAsync(redis.ConnectionString, "lasting");

        await visitor.SendAsync(TestSocket.SampleOffer());
        await agent.ExpectAsync<OfferPayload>();
    }

    internal static Task<TestNode> StartNodeAsync(RedisProcess redis, int leaseSeconds = 3) => TestNode.StartAsync(
        ("ConnectionStrings:redis", redis.ConnectionString), ("Signaling:Lease", $"00:00:{leaseSeconds:00}"),
        ("Signaling:Limits:RegistrationsPerAddress:Burst", "10000"), ("Signaling:Limits:ConnectsPerAddress:Burst", "10000"),
        ("Signaling:DrainTimeout", "00:00:01"),
        ("Signaling:Limits:VisitorOffers:Burst", "10000"), ("Signaling:VisitorDrainTimeout", "00:00:00"));

    internal static async Task WaitForAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TestSocket.Patience);
        while (!await condition())
        {
            await Task.Delay(50, deadline.Token);
        }
    }
}
