using System.Collections.Concurrent;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Hosting;
using StackExchange.Redis;

namespace PeerProxy.Signaling.Registry;

/// <summary>The registry that nodes share.</summary>
/// <remarks>
/// A registration reads owner and live entry, decides, and writes both in one transaction that holds only if neither has changed since; if one has, it decides
/// anew. So two keys never own a name, and an older registration never replaces a newer one. No script is needed, so any server that speaks the protocol will do.
/// While Redis is away, keys that this node has seen may register their names again here, and nothing else is promised.
/// </remarks>
internal sealed class RedisPeerRegistry : IPeerRegistry, IDisposable
{
    // Each lost round means that another registration of the same id succeeded; more than a few in a row are an attack on it.
    private const int MaxAttempts = 8;

    // Commands in flight at once during a heartbeat: enough to hide the round trip, few enough not to delay what visitors wait for.
    private const int HeartbeatChunk = 500;

    // Names this node vouches for while Redis is away: those of its sockets and of sockets that have just left.
    private const int MaxKnownOwners = 200_000;

    // A claim lives for months, so an hourly extension is plenty.
    private static readonly TimeSpan ClaimRefreshInterval = TimeSpan.FromHours(1);

    private readonly RedisConnection _redis;
    private readonly SignalingOptions _options;
    private readonly TimeProvider _time;
    private readonly RegistryGeneration _generation;
    private readonly ConcurrentDictionary<PeerId, string> _knownOwners = new();
    private long _claimsRefreshed;

    public RedisPeerRegistry(RedisConnection redis, SignalingOptions options, TimeProvider time, ILogger<RedisPeerRegistry> logger)
    {
        _redis = redis;
        _options = options;
        _time = time;
        _claimsRefreshed = time.GetTimestamp();
        // Every node looks at the generation at each heartbeat, a third of the lease: half a lease is enough for all to have put their claims back.
        _generation = new RegistryGeneration(options.Lease / 2, time, logger);
        _redis.Restored += OnRestored;
        _generation.Changed += OnRestored;
    }

    public event Action? Restored;

    public bool IsAvailable => _redis.IsConnected;

    public async ValueTask<RegistrationResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken)
    {
        try
        {
            var result = await WriteAsync(registration, isReturn: false).ConfigureAwait(false);
            if (result.Status == RegistrationStatus.Registered)
            {
                Remember(registration);
            }
            return result;
        }
        catch (Exception e) when (RedisConnection.IsOutage(e))
        {
            return new(StatusWithoutRedis(registration));
        }
    }

    public async ValueTask<PeerLookup> FindAsync(PeerId id, CancellationToken cancellationToken)
    {
        try
        {
            var database = _redis.Database;
            if (LiveEntry.TryParse(await database.StringGetAsync(RedisKeys.Live(id)).ConfigureAwait(false), out var live))
            {
                return new(PeerLookupStatus.Live, live.Route);
            }
            return new(await database.KeyExistsAsync(RedisKeys.Owner(id)).ConfigureAwait(false) ? PeerLookupStatus.Offline : PeerLookupStatus.Unknown);
        }
        catch (Exception e) when (RedisConnection.IsOutage(e))
        {
            return new(PeerLookupStatus.Unavailable);
        }
    }

    public async ValueTask ReleaseAsync(PeerRegistration registration, CancellationToken cancellationToken)
    {
        try
        {
            var key = RedisKeys.Live(registration.Id);
#pragma warning disable SER301 // The one-step command needs Redis 8.4; this works on every server that speaks the protocol.
            var transaction = _redis.Database.CreateTransaction();
            transaction.AddCondition(Condition.StringEqual(key, LiveEntry.Of(registration).ToString()));
            _ = transaction.KeyDeleteAsync(key);
            await transaction.ExecuteAsync().ConfigureAwait(false);
#pragma warning restore SER301
        }
        catch (Exception e) when (RedisConnection.IsOutage(e))
        {
            // The lease ends by itself.
        }
    }

    public async ValueTask<IReadOnlyList<PeerRegistration>> RefreshAsync(
        IReadOnlyCollection<PeerRegistration> registrations, CancellationToken cancellationToken)
    {
        var lost = new List<PeerRegistration>();
        try
        {
            await _generation.CheckAsync(_redis.Database).ConfigureAwait(false);
            var refreshClaims = _time.GetElapsedTime(_claimsRefreshed) >= ClaimRefreshInterval;
            foreach (var chunk in registrations.Chunk(HeartbeatChunk))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await RefreshChunkAsync(chunk, refreshClaims, lost).ConfigureAwait(false);
            }
            if (refreshClaims)
            {
                _claimsRefreshed = _time.GetTimestamp();
            }
        }
        catch (Exception e) when (RedisConnection.IsOutage(e) && !cancellationToken.IsCancellationRequested)
        {
            // The next heartbeat, or the return of Redis, goes over all registrations again.
        }
        return lost;
    }

    public void Dispose()
    {
        _redis.Restored -= OnRestored;
        _generation.Changed -= OnRestored;
    }

    private async Task RefreshChunkAsync(PeerRegistration[] chunk, bool refreshClaims, List<PeerRegistration> lost)
    {
        var database = _redis.Database;
        var values = await Task.WhenAll(chunk.Select(registration => database.StringGetAsync(RedisKeys.Live(registration.Id)))).ConfigureAwait(false);
        var extensions = new List<Task>(chunk.Length);
        for (var i = 0; i < chunk.Length; i++)
        {
            var registration = chunk[i];
            if (values[i] == LiveEntry.Of(registration).ToString())
            {
                // Should another registration come in between, this extends that one's lease by a moment.
                extensions.Add(database.KeyExpireAsync(RedisKeys.Live(registration.Id), _options.Lease));
                if (refreshClaims)
                {
                    extensions.Add(database.KeyExpireAsync(RedisKeys.Owner(registration.Id), _options.ClaimLifetime));
                }
                continue;
            }
            var result = await WriteAsync(registration, isReturn: true).ConfigureAwait(false);
            if (result.Status is RegistrationStatus.Superseded or RegistrationStatus.NameTaken)
            {
                lost.Add(registration);
            }
        }
        await Task.WhenAll(extensions).ConfigureAwait(false);
    }

    /// <summary>Decides and writes, until the decision was made on what Redis still held when it was written.</summary>
    /// <param name="registration">The registration to write.</param>
    /// <param name="isReturn">True when it held before and Redis lost it: then it yields to a registration of equal epoch that came later.</param>
    private async ValueTask<RegistrationResult> WriteAsync(PeerRegistration registration, bool isReturn)
    {
        var database = _redis.Database;
        var ownerKey = RedisKeys.Owner(registration.Id);
        var liveKey = RedisKeys.Live(registration.Id);
        var mine = LiveEntry.Of(registration);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var ownerRead = database.StringGetAsync(ownerKey);
            var liveRead = database.StringGetAsync(liveKey);
            var generation = await _generation.CheckAsync(database).ConfigureAwait(false);
            var owner = await ownerRead.ConfigureAwait(false);
            var live = await liveRead.ConfigureAwait(false);

            if (owner.IsNull)
            {
                var known = _knownOwners.GetValueOrDefault(registration.Id);
                if (known is not null && known != registration.KeyHash && _generation.IsSettling)
                {
                    return new(RegistrationStatus.NameTaken);
                }
                if (known is null && _generation.IsSettling)
                {
                    return new(RegistrationStatus.Unavailable);
                }
            }
            else if (owner != registration.KeyHash)
            {
                return new(RegistrationStatus.NameTaken);
            }
            var hasLive = LiveEntry.TryParse(live, out var entry) && entry.Connection != registration.Connection;
            if (hasLive && (isReturn ? entry.Outranks(mine) : entry.Epoch > mine.Epoch))
            {
                return new(RegistrationStatus.Superseded);
            }

            var transaction = database.CreateTransaction();
            transaction.AddCondition(owner.IsNull ? Condition.KeyNotExists(ownerKey) : Condition.StringEqual(ownerKey, owner));
            transaction.AddCondition(live.IsNull ? Condition.KeyNotExists(liveKey) : Condition.StringEqual(liveKey, live));
            transaction.AddCondition(Condition.StringEqual(RedisKeys.Generation, generation));
            _ = transaction.StringSetAsync(ownerKey, registration.KeyHash, _options.ClaimLifetime);
            _ = transaction.StringSetAsync(liveKey, mine.ToString(), _options.Lease);
            if (await transaction.ExecuteAsync().ConfigureAwait(false))
            {
                return new(RegistrationStatus.Registered, hasLive ? new ReplacedRegistration(entry.Route, entry.Connection) : null);
            }
        }
        return new(RegistrationStatus.Unavailable);
    }

    private RegistrationStatus StatusWithoutRedis(PeerRegistration registration) =>
        !_knownOwners.TryGetValue(registration.Id, out var owner) ? RegistrationStatus.Unavailable
        : owner == registration.KeyHash ? RegistrationStatus.Registered
        : RegistrationStatus.NameTaken;

    private void Remember(PeerRegistration registration)
    {
        if (_knownOwners.Count >= MaxKnownOwners)
        {
            // Rare and cheap: sockets that are still here are put back by their next registration.
            _knownOwners.Clear();
        }
        _knownOwners[registration.Id] = registration.KeyHash;
    }

    private void OnRestored() => Restored?.Invoke();
}
