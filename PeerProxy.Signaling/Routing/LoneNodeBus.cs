namespace PeerProxy.Signaling.Routing;

/// <summary>The bus of a service that consists of one node: there is nobody else.</summary>
internal sealed class LoneNodeBus : INodeBus
{
    public ValueTask ListenAsync(string route, Action<NodeMessage> handler, CancellationToken cancellationToken) => default;

    public ValueTask<bool> PublishAsync(string route, NodeMessage message, CancellationToken cancellationToken) => new(false);
}
