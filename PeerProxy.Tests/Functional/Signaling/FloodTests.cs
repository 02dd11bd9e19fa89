using System.Diagnostics;
using System.Net.WebSockets;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>One address does all it can to keep a node busy.</summary>
[Trait("Category", "Functional")]
public sealed class FloodTests
{
    private const int Floods = 6;

    /// <summary>Within the burst of offers that a visitor has.</summary>
    private const int Visits = 8;

    /// <summary>Thousands of times what it takes; a node that serves in turn would need the flood's minutes.</summary>
    private static readonly TimeSpan _stillQuick = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Flood_OfOneAddress_IsRefused_AndOthersAreServed()
    {
        await using var node = await TestNode.StartAsync(("Signaling:TrustedProxies", "127.0.0.1, ::1"));
        using var key = AgentKey.Create();
        var (agent, _) = await TestSocket.RegisterAsync(node.Url, key, "some");
        await using var _1 = agent;
        await using var visitor = await TestSocket.OpenAsync(node.Url, "some");
        using var over = new CancellationTokenSource();
        var floods = Enumerable.Range(0, Floods).Select(_ => FloodAsync(node, over.Token)).ToArray();

        var slowest = TimeSpan.Zero;
        for (var visit = 0; visit < Visits; visit++)
        {
            var clock = Stopwatch.StartNew();
            await visitor.SendAsync(TestSocket.SampleOffer());
            var offer = await agent.ExpectEnvelopeAsync<OfferPayload>();
            await agent.SendAsync(new AnswerPayload("sdp", "k", "s"), offer.Sender);
            await visitor.ExpectAsync<AnswerPayload>();
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
        }

        // The connects of one address are used up sooner or later, however slow this machine is.
        await RedisNodesTests.WaitForAsync(() => Task.FromResult(Volatile.Read(ref _refused) > 0));
        await over.CancelAsync();
        await Task.WhenAll(floods);
        Assert.True(slowest < _stillQuick, $"A visit took {slowest}.");
    }

    private int _refused;

    /// <summary>Opens sockets without end; each says as much as it may, and more.</summary>
    private async Task FloodAsync(TestNode node, CancellationToken cancellationToken)
    {
        var message = SignalingCodec.Write(new SignalingEnvelope(new CandidatePayload(new string('c', 1000))));
        while (!cancellationToken.IsCancellationRequested)
        {
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("X-Forwarded-For", "192.0.2.66");
            try
            {
                await socket.ConnectAsync(TestSocket.UrlOf(node.Url, "some-other"), cancellationToken);
                while (true)
                {
                    await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
                }
            }
            catch (WebSocketException)
            {
                Interlocked.Increment(ref _refused);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
