namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Notices that the path takes far more than is known of it: a probe that asks for a quarter more, and gets it without a queue, twice in succession.</summary>
/// <remarks>A start may end too early (what a page asks for before its first large body looks like a path that takes no more), and paths grow: another network, a
/// flow beside ours that ends. By probes alone a path that takes ten times as much would be found after ten of them.</remarks>
internal struct PathGrowth
{
    /// <summary>Least gain of a probe at 1.25 that found no limit; what batches of acknowledgements feign is less.</summary>
    private const double Gain = 1.15;

    /// <summary>One may have met a moment in which others were silent.</summary>
    private const int Probes = 2;

    private double _rateBefore;
    private int _gains;

    /// <summary>A probe gained; the next one should follow at once.</summary>
    public readonly bool IsSuspected => _gains > 0;

    /// <summary>A probe begins.</summary>
    public void Begin(double rate) => _rateBefore = rate;

    /// <summary>The answers to a probe are complete. True when it is time for another start.</summary>
    public bool End(double rate, bool isQueued)
    {
        _gains = _rateBefore > 0 && !isQueued && rate >= _rateBefore * Gain ? _gains + 1 : 0;
        _rateBefore = 0;
        if (_gains < Probes)
        {
            return false;
        }

        _gains = 0;
        return true;
    }
}
