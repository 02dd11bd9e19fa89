namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Counts what happens in each round: the time in which everything that was in flight at its start is delivered.</summary>
internal struct RoundTripRounds
{
    private long _end;
    private long _lost;
    private long _acked;

    public RoundTripRounds()
    {
    }

    public long Number { get; private set; }

    /// <summary>Chunks lost in this round.</summary>
    public int LostChunks { get; private set; }

    /// <summary>Least round trip time of this round; <see cref="TimeSpan.MaxValue"/> without any.</summary>
    public TimeSpan MinimumRoundTripTime { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Bytes lost of all that were lost or delivered in this round.</summary>
    public readonly double LossRate => _lost == 0 ? 0 : (double)_lost / (_lost + _acked);

    /// <summary>Counts a sample. True when the round is over: look at it, then call <see cref="Begin"/>.</summary>
    public bool Count(in AckSample sample)
    {
        _lost += sample.LostBytes;
        LostChunks += sample.LostChunks;
        _acked += sample.AckedBytes;
        if (sample.RoundTripTime > TimeSpan.Zero && sample.RoundTripTime < MinimumRoundTripTime)
        {
            MinimumRoundTripTime = sample.RoundTripTime;
        }

        if (sample.AckedBytes == 0 || sample.PriorDelivered < _end)
        {
            return false;
        }

        _end = sample.Delivered;
        Number++;
        return true;
    }

    public void Begin()
    {
        _lost = 0;
        _acked = 0;
        LostChunks = 0;
        MinimumRoundTripTime = TimeSpan.MaxValue;
    }
}
