namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Smoothed round trip time and retransmission timeout (RFC 9260 section 6.3.1), with the limits a paced sender with tail probes can afford.</summary>
internal sealed class RttEstimator
{
    /// <summary>Below the peer's delayed SACK of 200 ms a timeout would fire on healthy paths.</summary>
    private static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan MaxInitialTimeout = TimeSpan.FromMilliseconds(1000);

    /// <summary>Longer waits only delay the recovery of a path that is back.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Window of the minimum: paths change, queues drain at least this often.</summary>
    private static readonly TimeSpan MinWindow = TimeSpan.FromSeconds(10);

    private TimeSpan _variance;
    private TimeSpan _timeout = MaxInitialTimeout;
    private int _backoff;
    private Timestamp _minimumAt;

    public bool HasSample { get; private set; }

    public TimeSpan Smoothed { get; private set; }

    public TimeSpan Latest { get; private set; }

    public TimeSpan Minimum { get; private set; }

    /// <summary>A path round trip time is known, from samples or from ICE.</summary>
    public bool IsKnown => Smoothed > TimeSpan.Zero;

    public TimeSpan Timeout
    {
        get
        {
            TimeSpan timeout = _timeout * (1 << Math.Min(_backoff, 8));
            return timeout < MaxTimeout ? timeout : MaxTimeout;
        }
    }

    /// <summary>Seeds from ICE; real samples replace it.</summary>
    public void Seed(TimeSpan roundTripTime, Timestamp now)
    {
        if (HasSample || roundTripTime <= TimeSpan.Zero)
        {
            return;
        }

        Smoothed = Latest = Minimum = roundTripTime;
        _minimumAt = now;
        _timeout = Clamp(roundTripTime * 2, MinTimeout, MaxInitialTimeout);
    }

    public void OnSample(TimeSpan sample, Timestamp now)
    {
        if (sample <= TimeSpan.Zero)
        {
            sample = new TimeSpan(1);
        }

        Latest = sample;
        if (!HasSample)
        {
            HasSample = true;
            Smoothed = sample;
            _variance = sample / 2;
            Minimum = sample;
            _minimumAt = now;
        }
        else
        {
            TimeSpan deviation = (Smoothed - sample).Duration();
            _variance = ((_variance * 3) + deviation) / 4;
            Smoothed = ((Smoothed * 7) + sample) / 8;
            if (sample <= Minimum || now - _minimumAt > MinWindow)
            {
                Minimum = sample;
                _minimumAt = now;
            }
        }

        _timeout = Clamp(Smoothed + (_variance * 4), MinTimeout, MaxTimeout);
    }

    public void BackOff() => _backoff++;

    public void ResetBackoff() => _backoff = 0;

    /// <summary>Another path: nothing learnt holds.</summary>
    public void Reset()
    {
        HasSample = false;
        Smoothed = Latest = Minimum = _variance = TimeSpan.Zero;
        _timeout = MaxInitialTimeout;
        _backoff = 0;
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan low, TimeSpan high) => value < low ? low : value > high ? high : value;
}
