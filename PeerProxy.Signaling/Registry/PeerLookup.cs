namespace PeerProxy.Signaling.Registry;

/// <summary>Where an agent is.</summary>
/// <param name="Status">Whether it can be reached.</param>
/// <param name="Route">The node that holds its socket, when it is live.</param>
public readonly record struct PeerLookup(PeerLookupStatus Status, string? Route = null);

/// <summary>What a registry knows of an id.</summary>
public enum PeerLookupStatus
{
    /// <summary>Registered at a node.</summary>
    Live,

    /// <summary>Owned by a key, not registered now.</summary>
    Offline,

    /// <summary>Nobody's.</summary>
    Unknown,

    /// <summary>The registry cannot be reached.</summary>
    Unavailable,
}
