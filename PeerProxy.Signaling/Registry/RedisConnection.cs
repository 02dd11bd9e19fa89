using PeerProxy.Signaling.Telemetry;
using StackExchange.Redis;

namespace PeerProxy.Signaling.Registry;

/// <summary>The node's connection to Redis, which comes and goes without anybody waiting for it.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    // Short: whoever waits for an answer gets "unavailable", which is retried, rather than a late one.
    private const int TimeoutMilliseconds = 2_000;

    // Agents cannot be found while Redis is away, so a return should be noticed at once.
    private const int RetryMilliseconds = 250;

    private readonly ConnectionMultiplexer _redis;
    private readonly ILogger _logger;

    public RedisConnection(string configuration, ILogger<RedisConnection> logger)
    {
        _logger = logger;
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectTimeout = TimeoutMilliseconds;
        options.AsyncTimeout = TimeoutMilliseconds;
        options.SyncTimeout = TimeoutMilliseconds;
        options.ReconnectRetryPolicy = new LinearRetry(RetryMilliseconds);
        // The heartbeat is what tries again.
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(RetryMilliseconds);
        options.ClientName = "peerproxy-signaling";
        _redis = ConnectionMultiplexer.Connect(options);
        _redis.ConnectionFailed += OnFailed;
        _redis.ConnectionRestored += OnRestored;
    }

    /// <summary>Raised when commands work again after an absence.</summary>
    public event Action? Restored;

    public bool IsConnected => _redis.IsConnected;

    public IDatabase Database => _redis.GetDatabase();

    public ISubscriber Subscriber => _redis.GetSubscriber();

    /// <summary>Whether an exception means that Redis could not be asked, as opposed to a bug.</summary>
    public static bool IsOutage(Exception e) => e is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    public async ValueTask DisposeAsync()
    {
        _redis.ConnectionFailed -= OnFailed;
        _redis.ConnectionRestored -= OnRestored;
        await _redis.DisposeAsync().ConfigureAwait(false);
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs e)
    {
        if (e.ConnectionType == ConnectionType.Interactive)
        {
            SignalingLog.RegistryAway(_logger, e.FailureType.ToString());
        }
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs e)
    {
        if (e.ConnectionType == ConnectionType.Interactive)
        {
            SignalingLog.RegistryBack(_logger);
            Restored?.Invoke();
        }
    }
}
