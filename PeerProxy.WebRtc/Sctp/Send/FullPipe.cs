namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Tells when the startup has found the path's rate: it no longer grows.</summary>
internal struct FullPipe
{
    private const double Growth = 1.25;

    /// <summary>Rounds without growth: one may be bad luck.</summary>
    private const int Rounds = 3;

    private double _rate;
    private int _rounds;

    /// <summary>A round ended that the application did not limit.</summary>
    /// <param name="rate">The path's rate as known by now, in bytes per second.</param>
    public bool IsFilled(double rate)
    {
        if (rate >= _rate * Growth)
        {
            _rate = rate;
            _rounds = 0;
            return false;
        }

        return ++_rounds >= Rounds;
    }
}
