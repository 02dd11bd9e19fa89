using System.Buffers.Text;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Signaling;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Tests.Functional.Edge;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>How an agent's client tells a quiet node from a dead one, and that it comes back from a dead one.</summary>
[Trait("Category", "Functional")]
public sealed class AgentKeepAliveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task QuietNodeThatAnswersPings_KeepsItsSocket()
    {
        await using var node = await FakeNode.StartAsync(answersPings: true);
        using var key = AgentKey.Create();
        using var stop = new CancellationTokenSource();
        var running = Start(node, key, stop.Token, pongTimeout: TimeSpan.FromSeconds(2));

        await node.Pings.WaitAsync(count: 3, Patience);

        Assert.Equal(1, node.Sockets.Value);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task NodeThatStopsAnswering_IsLeft_AndTheClientRegistersAgain()
    {
        await using var node = await FakeNode.StartAsync(answersPings: false);
        using var key = AgentKey.Create();
        using var stop = new CancellationTokenSource();
        var running = Start(node, key, stop.Token, pongTimeout: TimeSpan.FromMilliseconds(200));

        await node.Sockets.WaitAsync(count: 2, Patience);

        await stop.CancelAsync();
        Assert.True((await running.WaitAsync(Patience)).IsStopped);
    }

    private static Task<SignalingOutcome> Start(FakeNode node, AgentKey key, CancellationToken cancellation, TimeSpan pongTimeout)
    {
        var client = new SignalingClient(
            new SignalingClientOptions
            {
                Server = node.Address,
                PingInterval = TimeSpan.FromMilliseconds(100),
                PongTimeout = pongTimeout,
                FirstReconnectDelay = TimeSpan.FromMilliseconds(50),
            },
            key);
        _ = Task.Run(async () =>
        {
            await foreach (var _ in client.Events.ReadAllAsync())
            {
            }
        });
        return client.RunAsync(cancellation);
    }

    /// <summary>Registers whoever comes, and then says nothing but pongs.</summary>
    private sealed class FakeNode : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private FakeNode(WebApplication app) => _app = app;

        public CountedSignal Sockets { get; } = new();

        public CountedSignal Pings { get; } = new();

        public Uri Address => EdgeFixture.AddressOf(_app);

        public static async Task<FakeNode> StartAsync(bool answersPings)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var node = new FakeNode(builder.Build());
            node._app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
            node._app.Map("/.peerproxy/signal", async (HttpContext context) =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                node.Sockets.Raise();
                try
                {
                    await node.ServeAsync(socket, answersPings, context.RequestAborted);
                }
                catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
                {
                    // The client gave this socket up, or the test is over.
                    context.Abort();
                }
            });
            await node._app.StartAsync();
            return node;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task ServeAsync(WebSocket socket, bool answersPings, CancellationToken cancellation)
        {
            Task Send(SignalingPayload payload) =>
                socket.SendAsync(SignalingCodec.Write(new SignalingEnvelope(payload)), WebSocketMessageType.Text, true, cancellation);

            await Send(new ChallengePayload(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SignalingLimits.ChallengeNonceBytes)), "fake", 1));
            var buffer = new byte[SignalingLimits.MaxMessageBytes];
            while (await socket.ReceiveAsync(buffer.AsMemory(), cancellation) is { MessageType: WebSocketMessageType.Text } message)
            {
                Assert.True(SignalingCodec.TryRead(buffer.AsSpan(0, message.Count), out var envelope, out _));
                switch (envelope!.Payload)
                {
                    case IdRequestPayload request:
                        await Send(new IdAssignedPayload("fakeid", "http://fakeid.localhost", request.Epoch, 30));
                        break;
                    case PingPayload ping:
                        Pings.Raise();
                        if (answersPings)
                        {
                            await Send(new PongPayload(ping.T));
                        }

                        break;
                }
            }
        }
    }

    /// <summary>Counts something that happens elsewhere, and can be waited for.</summary>
    private sealed class CountedSignal
    {
        private readonly SemaphoreSlim _raised = new(0);
        private int _value;

        public int Value => Volatile.Read(ref _value);

        public void Raise()
        {
            Interlocked.Increment(ref _value);
            _raised.Release();
        }

        public async Task WaitAsync(int count, TimeSpan patience)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(await _raised.WaitAsync(patience), $"Only {Value} of {count} within {patience}.");
            }
        }
    }
}
