namespace PeerProxy.Agent.Signaling;

/// <summary>Exponential waits with jitter, so that the agents of a lost node do not return all at once.</summary>
/// <param name="first">Upper bound of the first wait.</param>
/// <param name="max">Upper bound of every wait.</param>
/// <param name="nextDouble">Uniform in [0, 1).</param>
internal sealed class ReconnectBackoff(TimeSpan first, TimeSpan max, Func<double> nextDouble)
{
    private readonly TimeSpan _first = first;
    private TimeSpan _bound = first;

    /// <summary>The next wait: between half and all of the bound, which then doubles.</summary>
    public TimeSpan Next()
    {
        var wait = _bound * (0.5 + nextDouble() / 2);
        _bound = _bound * 2 < max ? _bound * 2 : max;
        return wait;
    }

    public void Reset() => _bound = _first;
}
