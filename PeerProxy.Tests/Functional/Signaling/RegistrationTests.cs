using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Who gets an id, message by message.</summary>
[Trait("Category", "Functional")]
public sealed class RegistrationTests : IAsyncLifetime
{
    private readonly AgentKey _key = AgentKey.Create();
    private readonly AgentKey _otherKey = AgentKey.Create();
    private TestNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await TestNode.StartAsync();

    [Fact]
    public async Task SameKey_NewerEpoch_TakesOverAndTheOldSocketIsTold()
    {
        var (old, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine", epoch: 1);
        await using var _1 = old;
        var (current, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine", epoch: 2);
        await using var _2 = current;

        Assert.Equal(SignalingErrorCode.Superseded, await old.ExpectErrorAsync());
        await old.ReadToEndAsync();
        Assert.Equal(System.Net.WebSockets.WebSocketCloseStatus.PolicyViolation, old.Socket.CloseStatus);
        await ReachesAsync("mine", current);
    }

    [Fact]
    public async Task SameKey_EqualEpoch_TheLaterHolds()
    {
        var (old, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine", epoch: 1);
        await using var _1 = old;
        var (current, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine", epoch: 1);
        await using var _2 = current;

        Assert.Equal(SignalingErrorCode.Superseded, await old.ExpectErrorAsync());
        await ReachesAsync("mine", current);
    }

    [Fact]
    public async Task SameKey_OlderEpoch_IsRefusedAndTheNewerStays()
    {
        var (current, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine", epoch: 2);
        await using var _1 = current;
        await using var old = await TestSocket.OpenAsync(_node.Url);
        await old.RequestIdAsync(_key, "mine", epoch: 1);

        Assert.Equal(SignalingErrorCode.Superseded, await old.ExpectErrorAsync());
        await ReachesAsync("mine", current);
    }

    [Fact]
    public async Task AnotherKey_IsRefusedAlsoWhenTheOwnerIsAway()
    {
        var (owner, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine");
        await using var thief = await TestSocket.OpenAsync(_node.Url);
        await thief.RequestIdAsync(_otherKey, "mine", epoch: 99);
        Assert.Equal(SignalingErrorCode.NameTaken, await thief.ExpectErrorAsync());
        await ReachesAsync("mine", owner);

        await owner.DisposeAsync();
        await WaitForOfflineAsync("mine");
        await thief.RequestIdAsync(_otherKey, "mine", epoch: 99);
        Assert.Equal(SignalingErrorCode.NameTaken, await thief.ExpectErrorAsync());

        // The same socket may still ask for another one.
        await thief.RequestIdAsync(_otherKey, "other", epoch: 99);
        Assert.Equal("other", (await thief.ExpectAsync<IdAssignedPayload>()).Id);
    }

    [Fact]
    public async Task LateCloseOfTheOldSocket_LeavesTheNewRegistration()
    {
        var (old, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine", epoch: 1);
        var (current, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine", epoch: 2);
        await using var _1 = current;

        await old.DisposeAsync();
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(
            _node.Service<PeerProxy.Signaling.Connections.ConnectionTable>().Count == 1));

        await ReachesAsync("mine", current);
    }

    [Fact]
    public async Task Signature_OfAnotherChallengeNameEpochOrKey_IsRefused()
    {
        await using var first = await TestSocket.OpenAsync(_node.Url);
        await using var socket = await TestSocket.OpenAsync(_node.Url);
        string Sign(string nonce, string name, long epoch) => _key.Sign(SignedStatements.Registration(nonce, name, epoch));
        var nonce = socket.Challenge.Nonce;
        IdRequestPayload[] forged =
        [
            new(1, "mine", _key.PublicKey, Sign(first.Challenge.Nonce, "mine", 1), 1),
            new(1, "mine", _key.PublicKey, Sign(nonce, "other", 1), 1),
            new(1, "mine", _key.PublicKey, Sign(nonce, "mine", 2), 1),
            new(1, "mine", _otherKey.PublicKey, Sign(nonce, "mine", 1), 1),
            new(1, "mine", "AAAA", Sign(nonce, "mine", 1), 1),
            new(1, "mine", _key.PublicKey, "AAAA", 1),
        ];

        foreach (var request in forged)
        {
            await socket.SendAsync(request);
            Assert.Equal(SignalingErrorCode.BadSignature, await socket.ExpectErrorAsync());
        }
    }

    [Fact]
    public async Task SecondRegistrationOnOneSocket_IsRefused()
    {
        var (socket, _) = await TestSocket.RegisterAsync(_node.Url, _key, "mine");
        await using var _1 = socket;
        await socket.RequestIdAsync(_key, "more");

        Assert.Equal(SignalingErrorCode.BadMessage, await socket.ExpectErrorAsync());
    }

    [Fact]
    public async Task OneKey_SeveralNames_HasThemAll()
    {
        var (one, _) = await TestSocket.RegisterAsync(_node.Url, _key, "site-one");
        await using var _1 = one;
        var (two, _) = await TestSocket.RegisterAsync(_node.Url, _key, "site-two");
        await using var _2 = two;

        await ReachesAsync("site-one", one);
        await ReachesAsync("site-two", two);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _key.Dispose();
        _otherKey.Dispose();
    }

    private async Task ReachesAsync(string peer, TestSocket agent)
    {
        await using var visitor = await TestSocket.OpenAsync(_node.Url, peer);
        var sdp = Guid.NewGuid().ToString();
        await visitor.SendAsync(TestSocket.SampleOffer(sdp));
        Assert.Equal(sdp, (await agent.ExpectAsync<OfferPayload>()).Sdp);
    }

    private async Task WaitForOfflineAsync(string peer)
    {
        var table = _node.Service<PeerProxy.Signaling.Connections.ConnectionTable>();
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(table.FindAgent(PeerId.Parse(peer)) is null));
        await using var visitor = await TestSocket.OpenAsync(_node.Url, peer);
        await visitor.SendAsync(TestSocket.SampleOffer());
        Assert.Equal(SignalingErrorCode.PeerOffline, await visitor.ExpectErrorAsync());
    }
}
