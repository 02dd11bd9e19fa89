namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Finds out whose packets wait at the bottleneck: with only as much in flight as the path holds by itself, the round trip time falls to its
/// minimum if nobody else's do.</summary>
internal struct QueueOwner
{
    /// <summary>In flight for the look, in bandwidth-delay products: the rate in that product is rather over- than underestimated.</summary>
    public const double DrainedShare = 0.9;

    /// <summary>On shorter paths what the ends need for a packet weighs more than any queue.</summary>
    private static readonly TimeSpan ShortestPath = TimeSpan.FromMilliseconds(10);

    /// <summary>Timers of both ends, and packets that arrive together.</summary>
    private static readonly TimeSpan LeastTolerance = TimeSpan.FromMilliseconds(2);

    /// <summary>A look ends after this many round trips whatever happens: reports may be cut short, and what is in flight unknown.</summary>
    private const int MostRoundTrips = 4;

    private Timestamp _lookUntil;
    private Timestamp _begun;

    /// <summary>Nobody but us had a queue at the last look.</summary>
    public bool IsUs { get; private set; }

    public static bool IsKnowable(TimeSpan minimumRoundTripTime) => minimumRoundTripTime >= ShortestPath;

    /// <summary>How much a round trip time may be above the minimum and still count as one without a queue.</summary>
    public static TimeSpan ToleranceOf(TimeSpan minimumRoundTripTime)
    {
        TimeSpan share = minimumRoundTripTime / 16;
        return share > LeastTolerance ? share : LeastTolerance;
    }

    /// <summary>From now on no more than <see cref="DrainedShare"/> is sent into the path.</summary>
    public void Begin(Timestamp now)
    {
        _begun = now;
        _lookUntil = Timestamp.Never;
    }

    /// <summary>True when the look is over.</summary>
    public bool Observe(in AckSample sample, TimeSpan minimumRoundTripTime, double bandwidthDelayProduct)
    {
        if (sample.RoundTripTime > TimeSpan.Zero && sample.RoundTripTime <= minimumRoundTripTime + ToleranceOf(minimumRoundTripTime))
        {
            IsUs = true;
            return true;
        }

        if (_lookUntil == Timestamp.Never)
        {
            // What goes out once the path is drained meets the queue the others make, and is back after a round trip.
            _lookUntil = sample.InFlight <= bandwidthDelayProduct * DrainedShare ? sample.Now + sample.SmoothedRoundTripTime : Timestamp.Never;
        }

        if (sample.Now < _lookUntil && sample.Now - _begun < sample.SmoothedRoundTripTime * MostRoundTrips)
        {
            return false;
        }

        IsUs = false;
        return true;
    }
}
