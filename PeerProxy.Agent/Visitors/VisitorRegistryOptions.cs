using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Visitors;

/// <summary>How visitors are taken.</summary>
internal sealed class VisitorRegistryOptions
{
    /// <summary>Visitors at once; further ones are told to come back later.</summary>
    public int MaxVisitors { get; init; } = VisitorLimits.DefaultMaxVisitors;

    /// <summary>STUN and TURN servers besides those of the signaling service.</summary>
    public IReadOnlyList<IceServer> ExtraIceServers { get; init; } = [];

    public bool RelayOnly { get; init; }
}
