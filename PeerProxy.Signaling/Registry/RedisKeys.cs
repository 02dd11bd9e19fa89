using PeerProxy.Protocol.Signaling;
using StackExchange.Redis;

namespace PeerProxy.Signaling.Registry;

/// <summary>Every key and channel in Redis. One primary holds them all (replicas for failover; not a sharded cluster).</summary>
internal static class RedisKeys
{
    /// <summary>String: hash of the key that owns the id. Expires after <c>Signaling:ClaimLifetime</c>, extended while the agent is registered.</summary>
    public static RedisKey Owner(PeerId id) => "pp:owner:" + id.Value;

    /// <summary>String: a <see cref="LiveEntry"/>. Expires after <c>Signaling:Lease</c>, extended by the node's heartbeat.</summary>
    public static RedisKey Live(PeerId id) => "pp:live:" + id.Value;

    /// <summary>String: a random text, written once into an empty database; another or no value means that the data was lost. Never expires.</summary>
    public static readonly RedisKey Generation = "pp:generation";

    /// <summary>Channel of one node; messages are <see cref="Routing.NodeMessage"/>.</summary>
    public static RedisChannel Node(string route) => RedisChannel.Literal("pp:node:" + route);
}
