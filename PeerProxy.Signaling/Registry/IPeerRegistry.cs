using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Registry;

/// <summary>Which key owns an id (for long), and which socket of which node it leads to (while the lease is refreshed).</summary>
/// <remarks>Every method is safe to call from several threads, and reports an unreachable store as a status, never as an exception.</remarks>
public interface IPeerRegistry
{
    /// <summary>False while the store cannot be reached.</summary>
    bool IsAvailable { get; }

    /// <summary>Raised when the store is back after an absence: registrations should be refreshed at once.</summary>
    event Action? Restored;

    /// <summary>Claims the id for the key if nobody owns it, and makes it lead to the connection. One atomic step.</summary>
    ValueTask<RegistrationResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken);

    /// <summary>Looks an id up.</summary>
    ValueTask<PeerLookup> FindAsync(PeerId id, CancellationToken cancellationToken);

    /// <summary>Ends a registration if it still leads to this very connection; the claim stays.</summary>
    ValueTask ReleaseAsync(PeerRegistration registration, CancellationToken cancellationToken);

    /// <summary>Extends the leases of all registrations of this node, and puts back those the store lost.</summary>
    /// <returns>Registrations that lead elsewhere now: their sockets are superseded.</returns>
    ValueTask<IReadOnlyList<PeerRegistration>> RefreshAsync(IReadOnlyCollection<PeerRegistration> registrations, CancellationToken cancellationToken);
}
