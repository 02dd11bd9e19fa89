namespace PeerProxy.Signaling.Limits;

/// <summary>A rate limit that allows bursts. Not thread-safe; 16 bytes, so each socket can have several.</summary>
internal struct TokenBucket
{
    private double _tokens;
    private long _updated;

    /// <summary>A full bucket.</summary>
    public TokenBucket(RateLimit limit, long now)
    {
        _tokens = limit.Burst;
        _updated = now;
    }

    /// <summary>Takes the amount if it is there. An amount above the burst never is.</summary>
    /// <param name="limit">The same at each call.</param>
    /// <param name="now">Timestamp of <paramref name="time"/>.</param>
    public bool TryTake(double amount, RateLimit limit, long now, TimeProvider time)
    {
        if (now > _updated)
        {
            _tokens = Math.Min(limit.Burst, _tokens + time.GetElapsedTime(_updated, now).TotalSeconds * limit.PerSecond);
            _updated = now;
        }
        if (_tokens < amount)
        {
            return false;
        }
        _tokens -= amount;
        return true;
    }

    /// <summary>Whether nothing was taken lately, so that the bucket can be forgotten.</summary>
    public readonly bool IsFull(RateLimit limit, long now, TimeProvider time) =>
        _tokens + time.GetElapsedTime(_updated, now).TotalSeconds * limit.PerSecond >= limit.Burst;
}
