namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Counts what happens in each round: the time in which everything that was in flight at its start is delivered.</summary>
internal struct RoundTripRounds
{
    /// <summary>Loss above this, together with a queue, is congestion.</summary>
    private const double CongestionLossRate = 0.02;

    /// <summary>Loss above this is congestion whatever the round trip time says (a shallow buffer or a policer).</summary>
    private const double CertainCongestionLossRate = 0.15;

    /// <summary>Six full packets; one packet may carry as many small chunks.</summary>
    private const long CongestionLossBytes = 7200;

    private const double QueueInflation = 1.25;

    private static readonly TimeSpan QueueFloor = TimeSpan.FromMilliseconds(3);

    private long _end;
    private long _lost;
    private long _acked;

    public RoundTripRounds()
    {
    }

    public long Number { get; private set; }

    /// <summary>Least round trip time of this round; <see cref="TimeSpan.MaxValue"/> without any.</summary>
    public TimeSpan MinimumRoundTripTime { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Bytes lost of all that were lost or delivered in this round.</summary>
    public readonly double LossRate => _lost == 0 ? 0 : (double)_lost / (_lost + _acked);

    /// <summary>Counts a sample. True when the round is over: look at it, then call <see cref="Begin"/>.</summary>
    public bool Count(in AckSample sample)
    {
        // What an outage took may have been counted in the round before.
        _lost = Math.Max(_lost + sample.LostBytes - sample.OutageBytes, 0);
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

    /// <summary>Whether what was lost in this round tells of congestion and not of a path that loses packets anyway.</summary>
    /// <param name="minimumRoundTripTime">Of the path without a queue.</param>
    /// <param name="roundTripTime">Of this round, as far as it is to be judged.</param>
    public readonly bool IsCongested(TimeSpan minimumRoundTripTime, TimeSpan roundTripTime)
    {
        if (_lost < CongestionLossBytes)
        {
            return false;
        }

        return LossRate > CertainCongestionLossRate || (LossRate > CongestionLossRate && IsQueued(minimumRoundTripTime, roundTripTime));
    }

    /// <summary>Whether a round trip time tells of packets that wait.</summary>
    public static bool IsQueued(TimeSpan minimumRoundTripTime, TimeSpan roundTripTime) =>
        roundTripTime != TimeSpan.MaxValue && roundTripTime > (minimumRoundTripTime * QueueInflation) + QueueFloor;

    public void Begin()
    {
        _lost = 0;
        _acked = 0;
        MinimumRoundTripTime = TimeSpan.MaxValue;
    }
}
