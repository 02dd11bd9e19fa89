using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Registry;
using PeerProxy.Tests.Functional.Signaling;

namespace PeerProxy.Tests.Containers;

/// <summary>Nodes on the Redis that people deploy.</summary>
[Collection(ContainerCollection.Name)]
[Trait("Category", "Containers")]
public sealed class RedisContainerTests(ContainerFixture containers)
{
    [Fact]
    public async Task TwoNodes_RegisterRouteAndTakeOver()
    {
        var redis = await containers.RedisAsync();
        await using var one = await StartNodeAsync(redis);
        await using var two = await StartNodeAsync(redis);
        using var key = AgentKey.Create();
        using var otherKey = AgentKey.Create();
        var (old, assigned) = await TestSocket.RegisterAsync(one.Url, key, "contained", epoch: 1);
        await using var _1 = old;
        Assert.Equal("contained", assigned.Id);

        await using var visitor = await TestSocket.OpenAsync(two.Url, "contained");
        await visitor.SendAsync(TestSocket.SampleOffer());
        var offer = await old.ExpectEnvelopeAsync<OfferPayload>();
        await old.SendAsync(new AnswerPayload("sdp", "k", "s"), offer.Sender);
        Assert.Equal("contained", (await visitor.ExpectEnvelopeAsync<AnswerPayload>()).Sender);

        await using var thief = await TestSocket.OpenAsync(two.Url);
        await thief.RequestIdAsync(otherKey, "contained", epoch: 9);
        Assert.Equal(SignalingErrorCode.NameTaken, await thief.ExpectErrorAsync());

        var (current, _) = await TestSocket.RegisterAsync(two.Url, key, "contained", epoch: 2);
        await using var _2 = current;
        Assert.Equal(SignalingErrorCode.Superseded, await old.ExpectErrorAsync());
        await using var later = await TestSocket.OpenAsync(one.Url, "contained");
        await later.SendAsync(TestSocket.SampleOffer());
        await current.ExpectAsync<OfferPayload>();
    }

    [Fact]
    public async Task Lease_IsExtendedWhileTheAgentStays_AndEndsWithItsNode()
    {
        var redis = await containers.RedisAsync();
        await using var node = await StartNodeAsync(redis, leaseSeconds: 1);
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "long-stay");
        await using var _1 = agent;
        await LeaseWatch.OutliveAsync(redis, "long-stay");

        // What a node leaves behind that died without a word.
        var registry = node.Service<IPeerRegistry>();
        var id = PeerId.Parse("left-behind");
        await registry.RegisterAsync(new PeerRegistration(id, "hash", "deadnode", "socket", 1, 1), default);
        Assert.Equal(PeerLookupStatus.Live, (await registry.FindAsync(id, default)).Status);
        await RedisNodesTests.WaitForAsync(async () => (await registry.FindAsync(id, default)).Status == PeerLookupStatus.Offline);

        // The name still belongs to its key.
        Assert.Equal(RegistrationStatus.NameTaken, (await registry.RegisterAsync(new PeerRegistration(id, "other", "deadnode", "socket", 2, 2), default)).Status);
    }

    private static Task<TestNode> StartNodeAsync(string redis, int leaseSeconds = 3) => TestNode.StartAsync(
        ("ConnectionStrings:redis", redis), ("Signaling:Lease", $"00:00:{leaseSeconds:00}"), ("Signaling:DrainTimeout", "00:00:01"),
        ("Signaling:VisitorDrainTimeout", "00:00:00"));
}
