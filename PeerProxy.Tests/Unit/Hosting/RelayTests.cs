using PeerProxy.Tests.Functional.Turn;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.Unit.Hosting;

[Trait("Category", "Functional")]
public class RelayTests
{
    [Theory]
    [InlineData("udp")]
    [InlineData("tcp")]
    public async Task Connect_RelayOnly_GoesThroughTheTurnServer(string transport)
    {
        await using var coturn = await CoturnServer.StartOrSkipAsync();
        await TalkAsync(new IceServer($"turn:{coturn.EndPoint}?transport={transport}", CoturnServer.Username, CoturnServer.Password));
    }

    [Fact]
    public async Task Connect_RelayOnlyByTls_GoesThroughTheTurnServer()
    {
        await using var coturn = await CoturnServer.StartOrSkipAsync();
        await using var front = new TlsFront(coturn.EndPoint);
        await TalkAsync(new IceServer($"turns:127.0.0.1:{front.Port}", CoturnServer.Username, CoturnServer.Password));
    }

    [Fact]
    public async Task Connect_FirstServerIsDead_TheNextOneServes()
    {
        await using var coturn = await CoturnServer.StartOrSkipAsync();
        await TalkAsync(
            new IceServer("turn:127.0.0.1:9?transport=udp", CoturnServer.Username, CoturnServer.Password),
            new IceServer($"turn:{coturn.EndPoint}?transport=tcp", CoturnServer.Username, CoturnServer.Password));
    }

    [Fact]
    public async Task Connect_WrongTurnPassword_DirectPathStillWorks()
    {
        await using var coturn = await CoturnServer.StartOrSkipAsync();
        await using var pair = new TransportPair();
        var servers = new[] { new IceServer($"turn:{coturn.EndPoint}", CoturnServer.Username, "wrong"), new IceServer("stun:127.0.0.1:9") };
        var (alice, bob) = await pair.ConnectAsync(new PeerConnectionOptions { IceServers = servers });

        await TransportPair.OpenAsync(alice, bob, 0);
        Assert.False(alice.SelectedPath!.IsRelayed);
    }

    private static async Task TalkAsync(params IceServer[] servers)
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync(new PeerConnectionOptions { IceServers = servers, RelayOnly = true });
        var (left, right) = await TransportPair.OpenAsync(alice, bob, 0);
        var message = new byte[200_000];
        new Random(3).NextBytes(message);
        for (var i = 0; i < 20; i++)
        {
            await left.SendAsync(message);
            using var received = await right.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
            Assert.True(received!.Data.Span.SequenceEqual(message));
            await right.SendAsync(received.Data);
            using var back = await left.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
            Assert.True(back!.Data.Span.SequenceEqual(message));
        }

        Assert.True(alice.SelectedPath!.IsRelayed);
        await alice.DisposeAsync();
        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, await bob.Closed.WaitAsync(TransportPair.Limit));
    }
}
