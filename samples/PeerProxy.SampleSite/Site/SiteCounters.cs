namespace PeerProxy.SampleSite.Site;

/// <summary>What the site says about itself: how long it runs and how much it served.</summary>
public sealed class SiteCounters(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _requests;

    public SiteCounters()
        : this(TimeProvider.System)
    {
    }

    /// <summary>Requests since the start.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Time since the start.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_started);

    internal void Count() => Interlocked.Increment(ref _requests);
}

/// <summary>Counts every request before it is handled.</summary>
internal sealed class CountRequests(RequestDelegate next, SiteCounters counters)
{
    public Task InvokeAsync(HttpContext context)
    {
        counters.Count();
        return next(context);
    }
}
