using PeerProxy.Agent.Signaling;
using PeerProxy.Protocol.Identity;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>A running <see cref="SignalingClient"/> whose events a test awaits in order.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public TestAgent(Uri server, AgentKey key, string? name = null, string? rememberedId = null)
    {
        Client = new SignalingClient(
            new SignalingClientOptions
            {
                Server = server,
                Name = name,
                RememberedId = rememberedId,
                FirstReconnectDelay = TimeSpan.FromMilliseconds(50),
                MaxReconnectDelay = TimeSpan.FromMilliseconds(500),
            },
            key);
        Outcome = Client.RunAsync(_stop.Token);
    }

    public SignalingClient Client { get; }

    public Task<SignalingOutcome> Outcome { get; }

    /// <summary>Reads on to the next event of this type.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : SignalingEvent
    {
        using var deadline = new CancellationTokenSource(TestSocket.Patience);
        await foreach (var next in Client.Events.ReadAllAsync(deadline.Token))
        {
            if (next is T expected)
            {
                return expected;
            }
        }
        throw new InvalidOperationException($"The client stopped while waiting for {typeof(T).Name}: {await Outcome}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Outcome;
        _stop.Dispose();
    }
}
