namespace PeerProxy.Signaling.Registry;

/// <summary>What became of a registration.</summary>
/// <param name="Status">Whether it holds, or why not.</param>
/// <param name="Replaced">The registration it took the place of, on whichever node; its socket is to be told.</param>
public readonly record struct RegistrationResult(RegistrationStatus Status, ReplacedRegistration? Replaced = null);

/// <summary>How <see cref="IPeerRegistry.RegisterAsync"/> ended.</summary>
public enum RegistrationStatus
{
    /// <summary>The id leads to this connection now.</summary>
    Registered,

    /// <summary>Another key owns the id.</summary>
    NameTaken,

    /// <summary>The same key is registered with a higher epoch.</summary>
    Superseded,

    /// <summary>The registry cannot be reached, so ownership cannot be proven.</summary>
    Unavailable,

    /// <summary>The registry has no room for another id.</summary>
    Full,
}

/// <summary>Where the registration that lost is to be told.</summary>
/// <param name="Route">Its node.</param>
/// <param name="Connection">Its socket.</param>
public readonly record struct ReplacedRegistration(string Route, string Connection);
