using System.Collections.Concurrent;
using PeerProxy.Tests.TestKit.Peers;

namespace PeerProxy.Tests.Interop.WebRtc;

/// <summary>One process of each other stack for all tests of a class.</summary>
public sealed class ForeignPeerFixture : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<ForeignPeer>>> _peers = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The stack's process with a new peer connection in it.</summary>
    public async Task<ForeignPeer> NewPeerAsync(string stack)
    {
        var lazy = _peers.GetOrAdd(stack, name => new Lazy<Task<ForeignPeer>>(() => ForeignPeer.StartOrSkipAsync(name)));
        var peer = await lazy.Value;
        await peer.RunAsync("create");
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers.Values.Where(lazy => lazy.Value.IsCompletedSuccessfully))
        {
            await (await peer.Value).DisposeAsync();
        }
    }
}
