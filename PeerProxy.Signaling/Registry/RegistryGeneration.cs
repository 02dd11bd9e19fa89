using PeerProxy.Signaling.Telemetry;
using StackExchange.Redis;

namespace PeerProxy.Signaling.Registry;

/// <summary>Notices that Redis lost its data, so that nobody takes a name before its owner's node has put the claim back.</summary>
/// <remarks>A random text is written once into an empty database. A node that finds another one than before lets claims of names it does not know wait.</remarks>
internal sealed class RegistryGeneration(TimeSpan settleTime, TimeProvider time, ILogger logger)
{
    private readonly Lock _gate = new();
    private string? _known;
    private long _settleStarted;
    private bool _isSettling;

    /// <summary>Raised when the data was found lost.</summary>
    public event Action? Changed;

    /// <summary>Whether nodes are still putting their claims back.</summary>
    public bool IsSettling
    {
        get
        {
            lock (_gate)
            {
                return _isSettling && time.GetElapsedTime(_settleStarted) < settleTime;
            }
        }
    }

    /// <summary>Reads the generation, and writes one where there is none.</summary>
    /// <returns>The current one, for a transaction's condition.</returns>
    public async ValueTask<string> CheckAsync(IDatabase database)
    {
        string? current = await database.StringGetAsync(RedisKeys.Generation).ConfigureAwait(false);
        if (current is null)
        {
            var made = Guid.NewGuid().ToString("N");
            current = await database.StringSetAsync(RedisKeys.Generation, made, when: When.NotExists).ConfigureAwait(false)
                ? made
                : (string?)await database.StringGetAsync(RedisKeys.Generation).ConfigureAwait(false) ?? made;
        }
        lock (_gate)
        {
            if (_known == current)
            {
                return current;
            }
            var isLoss = _known is not null;
            _known = current;
            if (!isLoss)
            {
                return current;
            }
            _isSettling = true;
            _settleStarted = time.GetTimestamp();
        }
        SignalingLog.RegistryEmptied(logger);
        Changed?.Invoke();
        return current;
    }
}
