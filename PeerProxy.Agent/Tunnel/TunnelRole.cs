namespace PeerProxy.Agent.Tunnel;

/// <summary>The side of a tunnel connection.</summary>
public enum TunnelRole
{
    /// <summary>Answers streams.</summary>
    Agent,

    /// <summary>Opens streams: a browser, or <see cref="TunnelClient"/>.</summary>
    Visitor,
}
