using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Registry;

/// <summary>The registry of a service that consists of one node; claims last as long as the process.</summary>
internal sealed class InMemoryPeerRegistry : IPeerRegistry
{
    // About 300 bytes each: a bound of some 300 MB that only an attack reaches.
    internal const int MaxClaims = 1_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, string> _owners = [];
    private readonly Dictionary<PeerId, PeerRegistration> _live = [];

    public bool IsAvailable => true;

    /// <summary>Never raised: memory does not go away.</summary>
    public event Action? Restored
    {
        add { }
        remove { }
    }

    public ValueTask<RegistrationResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken) =>
        new(Register(registration));

    public ValueTask<PeerLookup> FindAsync(PeerId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return new(_live.TryGetValue(id, out var live)
                ? new PeerLookup(PeerLookupStatus.Live, live.Route)
                : new PeerLookup(_owners.ContainsKey(id) ? PeerLookupStatus.Offline : PeerLookupStatus.Unknown));
        }
    }

    public ValueTask ReleaseAsync(PeerRegistration registration, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_live.TryGetValue(registration.Id, out var live) && live.Connection == registration.Connection)
            {
                _live.Remove(registration.Id);
            }
        }
        return default;
    }

    public ValueTask<IReadOnlyList<PeerRegistration>> RefreshAsync(
        IReadOnlyCollection<PeerRegistration> registrations, CancellationToken cancellationToken) => new([]);

    private RegistrationResult Register(PeerRegistration registration)
    {
        lock (_gate)
        {
            if (!_owners.TryGetValue(registration.Id, out var owner))
            {
                if (_owners.Count >= MaxClaims)
                {
                    return new(RegistrationStatus.Full);
                }
                _owners.Add(registration.Id, registration.KeyHash);
            }
            else if (owner != registration.KeyHash)
            {
                return new(RegistrationStatus.NameTaken);
            }
            var hasLive = _live.TryGetValue(registration.Id, out var live);
            if (hasLive && live!.Epoch > registration.Epoch)
            {
                return new(RegistrationStatus.Superseded);
            }
            _live[registration.Id] = registration;
            return new(RegistrationStatus.Registered, hasLive ? new ReplacedRegistration(live!.Route, live.Connection) : null);
        }
    }
}
