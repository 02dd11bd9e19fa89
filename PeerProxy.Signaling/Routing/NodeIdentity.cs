using System.Security.Cryptography;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Routing;

/// <summary>Who this node is to the others: a new random route at each start, so that nothing addressed to a former run arrives.</summary>
internal sealed class NodeIdentity
{
    /// <summary>8 characters; part of visitor ids.</summary>
    public string Route { get; } = RandomNumberGenerator.GetString(PeerId.ReadableAlphabet, VisitorId.RouteLength);
}
