namespace PeerProxy.Signaling.Routing;

/// <summary>Carries messages between nodes.</summary>
internal interface INodeBus
{
    /// <summary>Starts listening on this node's own route. The handler is called for one message at a time, in order, and must not block.</summary>
    /// <remarks>Returns at once; while the store is away, nothing arrives.</remarks>
    ValueTask ListenAsync(string route, Action<NodeMessage> handler, CancellationToken cancellationToken);

    /// <summary>Sends to another node, in the order of the calls.</summary>
    /// <returns>False when nobody listens on the route, or the store is away.</returns>
    ValueTask<bool> PublishAsync(string route, NodeMessage message, CancellationToken cancellationToken);
}
