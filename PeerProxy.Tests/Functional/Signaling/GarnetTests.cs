using PeerProxy.AppHost.Embedded;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Registry;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>The registry on Garnet, which development machines use in place of Redis.</summary>
[Trait("Category", "Functional")]
public sealed class GarnetTests
{
    [Fact]
    public async Task TwoNodes_RegisterRouteTakeOverAndRelease()
    {
        await using var garnet = await RegistryServer.StartAsync(CancellationToken.None);
        Assert.Contains("Garnet", garnet.Description, StringComparison.Ordinal);
        (string, string)[] settings = [("ConnectionStrings:redis", garnet.ConnectionString), ("Signaling:VisitorDrainTimeout", "00:00:00")];
        await using var one = await TestNode.StartAsync(settings);
        await using var two = await TestNode.StartAsync(settings);
        using var key = AgentKey.Create();
        using var otherKey = AgentKey.Create();
        var (old, _) = await TestSocket.RegisterAsync(one.Url, key, "on-garnet", epoch: 1);
        await using var _1 = old;
        await using var thief = await TestSocket.OpenAsync(two.Url);
        await thief.RequestIdAsync(otherKey, "on-garnet", epoch: 9);
        Assert.Equal(SignalingErrorCode.NameTaken, await thief.ExpectErrorAsync());

        var (current, _) = await TestSocket.RegisterAsync(two.Url, key, "on-garnet", epoch: 2);
        Assert.Equal(SignalingErrorCode.Superseded, await old.ExpectErrorAsync());
        await using var visitor = await TestSocket.OpenAsync(one.Url, "on-garnet");
        await visitor.SendAsync(TestSocket.SampleOffer());
        var offer = await current.ExpectEnvelopeAsync<OfferPayload>();
        await current.SendAsync(new AnswerPayload("sdp", "k", "s"), offer.Sender);
        await visitor.ExpectAsync<AnswerPayload>();

        await current.DisposeAsync();
        await RedisNodesTests.WaitForAsync(async () =>
            (await one.Service<IPeerRegistry>().FindAsync(PeerId.Parse("on-garnet"), default)).Status == PeerLookupStatus.Offline);
    }
}
