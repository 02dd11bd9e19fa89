using PeerProxy.Signaling.Registry;
using StackExchange.Redis;

namespace PeerProxy.Signaling.Routing;

/// <summary>Carries messages between nodes over one Redis channel per node.</summary>
internal sealed class RedisNodeBus(RedisConnection redis) : INodeBus
{
    public async ValueTask ListenAsync(string route, Action<NodeMessage> handler, CancellationToken cancellationToken)
    {
        // Without waiting for the server: the subscription is made with each connection, and the handler is there before it. A call that waits and fails
        // would leave a subscription without a handler behind, which swallows messages. Messages of one channel are handled in order.
        var queue = await redis.Subscriber.SubscribeAsync(RedisKeys.Node(route), CommandFlags.FireAndForget).ConfigureAwait(false);
        queue.OnMessage(received =>
        {
            if (NodeMessage.TryDecode((byte[]?)received.Message, out var message))
            {
                handler(message);
            }
        });
    }

    public async ValueTask<bool> PublishAsync(string route, NodeMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await redis.Subscriber.PublishAsync(RedisKeys.Node(route), message.Encode()).ConfigureAwait(false) > 0;
        }
        catch (Exception e) when (RedisConnection.IsOutage(e))
        {
            return false;
        }
    }
}
