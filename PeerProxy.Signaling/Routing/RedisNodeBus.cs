using PeerProxy.Signaling.Registry;

namespace PeerProxy.Signaling.Routing;

/// <summary>Carries messages between nodes over one Redis channel per node.</summary>
internal sealed class RedisNodeBus(RedisConnection redis) : INodeBus
{
    public async ValueTask<bool> ListenAsync(string route, Action<NodeMessage> handler, CancellationToken cancellationToken)
    {
        // Messages of one channel are handled in order.
        try
        {
            var queue = await redis.Subscriber.SubscribeAsync(RedisKeys.Node(route)).ConfigureAwait(false);
            queue.OnMessage(received =>
            {
                if (NodeMessage.TryDecode((byte[]?)received.Message, out var message))
                {
                    handler(message);
                }
            });
            return true;
        }
        catch (Exception e) when (RedisConnection.IsOutage(e))
        {
            return false;
        }
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
