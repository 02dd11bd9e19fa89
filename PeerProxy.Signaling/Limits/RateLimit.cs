namespace PeerProxy.Signaling.Limits;

/// <summary>So many per second on average, and so many at once.</summary>
public sealed class RateLimit
{
    public RateLimit()
    {
    }

    public RateLimit(double perSecond, double burst)
    {
        PerSecond = perSecond;
        Burst = burst;
    }

    /// <summary>Long-term average.</summary>
    public double PerSecond { get; set; }

    /// <summary>What may come at once after a pause.</summary>
    public double Burst { get; set; }

    internal void Validate(string name)
    {
        if (!(PerSecond > 0) || !(Burst >= 1))
        {
            throw new InvalidOperationException($"Signaling:Limits:{name} needs PerSecond above 0 and Burst of at least 1; it has {PerSecond} and {Burst}.");
        }
    }
}
