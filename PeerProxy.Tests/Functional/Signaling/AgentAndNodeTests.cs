using PeerProxy.Agent.Signaling;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>The agent's client against a node, with a visitor on the other side.</summary>
[Trait("Category", "Functional")]
public sealed class AgentAndNodeTests
{
    [Fact]
    public async Task Agent_WithoutName_GetsRandomIdUrlAndIceServers()
    {
        await using var node = await TestNode.StartAsync(("Signaling:PublicUrl", "https://{id}.example.test"), ("Turn:StunUris:0", "stun:stun.example.test"));
        using var key = AgentKey.Create();
        await using var agent = new TestAgent(node.Url, key);

        var assigned = await agent.ExpectAsync<PeerAssigned>();
        var servers = await agent.ExpectAsync<IceServersReceived>();

        Assert.Equal(PeerId.RandomLength, assigned.Assigned.Id.Length);
        Assert.Equal($"https://{assigned.Assigned.Id}.example.test", assigned.Assigned.Url);
        Assert.False(assigned.IsReconnect);
        Assert.Equal("stun:stun.example.test", Assert.Single(Assert.Single(servers.Servers.IceServers).Urls));
        Assert.Equal(0, servers.Servers.ExpiresAt);
    }

    [Fact]
    public async Task OfferAnswerCandidatesLeave_TravelBothWaysWithSender()
    {
        await using var node = await TestNode.StartAsync();
        using var key = AgentKey.Create();
        await using var agent = new TestAgent(node.Url, key, "first-light");
        await agent.ExpectAsync<PeerAssigned>();
        await using var visitor = await TestSocket.OpenAsync(node.Url, "first-light");

        await visitor.SendAsync(TestSocket.SampleOffer("offer sdp"), "first-light");
        await visitor.SendAsync(new CandidatePayload("candidate:1", "0"));
        var offer = await agent.ExpectAsync<OfferReceived>();
        var candidate = await agent.ExpectAsync<CandidateReceived>();
        Assert.Equal("offer sdp", offer.Offer.Sdp);
        Assert.True(VisitorId.TryParse(offer.Visitor, out _));
        Assert.Equal(offer.Visitor, candidate.Visitor);

        Assert.True(await agent.Client.SendAsync(offer.Visitor, new AnswerPayload("answer sdp", key.PublicKey, "sig"), CancellationToken.None));
        Assert.True(await agent.Client.SendAsync(offer.Visitor, new CandidatePayload("", "0"), CancellationToken.None));
        var answer = await visitor.ExpectEnvelopeAsync<AnswerPayload>();
        Assert.Equal("first-light", answer.Sender);
        Assert.Equal("answer sdp", ((AnswerPayload)answer.Payload).Sdp);
        await visitor.ExpectAsync<CandidatePayload>();

        await visitor.SendAsync(new LeavePayload("closed the page"));
        Assert.Equal("closed the page", (await agent.ExpectAsync<VisitorLeft>()).Reason);
    }

    [Fact]
    public async Task Agent_NameOfAnotherKey_EndsWithNameTaken()
    {
        await using var node = await TestNode.StartAsync();
        using var key = AgentKey.Create();
        using var other = AgentKey.Create();
        await using var agent = new TestAgent(node.Url, key, "mine");
        await agent.ExpectAsync<PeerAssigned>();

        await using var intruder = new TestAgent(node.Url, other, "mine");
        var outcome = await intruder.Outcome.WaitAsync(TestSocket.Patience);

        Assert.Equal(SignalingErrorCode.NameTaken, outcome.Code);
        Assert.True(agent.Client.IsConnected);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-abc")]
    [InlineData("Abcd")]
    [InlineData("peerproxy")]
    public async Task Agent_InvalidName_EndsWithNameInvalid(string name)
    {
        await using var node = await TestNode.StartAsync();
        using var key = AgentKey.Create();
        await using var agent = new TestAgent(node.Url, key, name);

        Assert.Equal(SignalingErrorCode.NameInvalid, (await agent.Outcome.WaitAsync(TestSocket.Patience)).Code);
    }

    [Fact]
    public async Task Agent_RememberedIdOfAnotherKey_TakesARandomOne()
    {
        await using var node = await TestNode.StartAsync();
        using var key = AgentKey.Create();
        using var other = AgentKey.Create();
        await using var owner = new TestAgent(node.Url, key, "remembered");
        await owner.ExpectAsync<PeerAssigned>();

        await using var agent = new TestAgent(node.Url, other, rememberedId: "remembered");

        Assert.NotEqual("remembered", (await agent.ExpectAsync<PeerAssigned>()).Assigned.Id);
    }

    [Fact]
    public async Task Agent_StartedAgainWithSameKey_SupersedesTheFirst()
    {
        await using var node = await TestNode.StartAsync();
        using var key = AgentKey.Create();
        await using var first = new TestAgent(node.Url, key, "mine");
        await first.ExpectAsync<PeerAssigned>();

        await using var second = new TestAgent(node.Url, key, "mine");
        await second.ExpectAsync<PeerAssigned>();

        Assert.Equal(SignalingErrorCode.Superseded, (await first.Outcome.WaitAsync(TestSocket.Patience)).Code);
        Assert.True(second.Client.IsConnected);
    }

    [Fact]
    public async Task Agent_NobodyListens_ReportsUnreachableAndGoesOnTrying()
    {
        var node = await TestNode.StartAsync();
        var url = node.Url;
        await node.DisposeAsync();
        using var key = AgentKey.Create();
        await using var agent = new TestAgent(url, key);

        var first = await agent.ExpectAsync<SignalingInterrupted>();
        await agent.ExpectAsync<SignalingInterrupted>();

        Assert.Equal(SignalingFailureKind.Unreachable, first.Failure.Kind);
        Assert.False(first.EverConnected);
    }
}
