namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>Chooses the receive window so that the peer's window-limited sender fills the path without flooding its queue.</summary>
/// <remarks>
/// A browser grows its window until something drops, and recovers badly from a queue overflow. With the advertised window as the limit it stops
/// growing by itself. While the rate still grows the window stays ahead of it (2.5 times the bytes of the last round), up to what the path can hold: a
/// sender in slow start sends trains, which arrive at the rate of the bottleneck long before the average does. Once three rounds brought no more, the
/// average counts. A round trip time that a queue inflates, or a burst of holes, takes 30 % off.
/// </remarks>
internal sealed class ReceiveWindowTuner(int maximumBytes, bool enabled)
{
    /// <summary>Enough for 20 Mbit/s at 50 ms, and small against any queue worth the name.</summary>
    private const long LeastBytes = 128 * 1024;

    private const double GrowthHeadroom = 2.5;

    /// <summary>What may wait in the path's queue, in round trips: enough that a late acknowledgement does not idle the path.</summary>
    private const double QueueHeadroom = 0.75;

    /// <summary>Parts of a round whose rates are told apart.</summary>
    private const int SlicesPerRound = 16;

    private const double GrowthPerRound = 1.25;
    private const int StagnantRounds = 3;
    private const int RateWindowRounds = 10;
    private const int HolesOfCongestion = 8;

    /// <summary>Random loss opens holes too; a flooded queue loses more than this share of a round.</summary>
    private const double HoleShareOfCongestion = 0.08;
    private const double QueueInflation = 2.2;
    private const double Backoff = 0.7;
    private const double LeastFactor = 0.35;
    private const double RecoveryPerRound = 0.02;

    /// <summary>
    /// The same at most, however long the path, for a peer that sends trains: queues are sized in time, and 100 ms is an ordinary size. What such a peer could
    /// not send for a while, as it was not running, it sends at once, and that must find room too. An overflow costs a browser half its rate for as long as an
    /// upload lasts.
    /// </summary>
    private static readonly TimeSpan MostQueue = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan ShortestSlice = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan ShortestRound = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan AssumedRtt = TimeSpan.FromMilliseconds(100);

    /// <summary>Noise of timers and schedulers that is no queue.</summary>
    private static readonly TimeSpan RttNoise = TimeSpan.FromMilliseconds(10);

    private WindowedMaximum _rate = new(RateWindowRounds);
    private WindowedMaximum _trainRate = new(RateWindowRounds);
    private SliceRates _slices;
    private bool _sendsTrains;
    private Timestamp _roundStart;
    private long _roundBytes;
    private int _roundHoles;
    private int _roundChunks;
    private long _round;
    private double _fullRate;
    private int _stagnant;
    private double _factor = 1;
    private TimeSpan _minimumRtt;
    private bool _congestedThisRound;

    /// <summary>The window to advertise before subtracting what is held, in bytes.</summary>
    public long WindowBytes { get; private set; } = maximumBytes;

    /// <summary>Receive rate in bytes per second once it stopped growing; 0 before.</summary>
    public double StableRate => IsStable ? _rate.Value : 0;

    /// <summary>Whether round trip times of the moment are worth measuring.</summary>
    public bool WantsRoundTripTimes => enabled;

    /// <summary>The last round trip time showed a queue on the path.</summary>
    public bool IsQueued { get; private set; }

    private bool IsStable => _stagnant >= StagnantRounds;

    /// <summary>A round trip time measured now, including whatever queues the peer's data waits in.</summary>
    public void OnRoundTripTime(TimeSpan sample)
    {
        if (sample <= TimeSpan.Zero)
        {
            return;
        }

        if (_minimumRtt == TimeSpan.Zero || sample < _minimumRtt)
        {
            _minimumRtt = sample;
        }

        IsQueued = sample > (_minimumRtt * QueueInflation) + RttNoise;
        if (IsQueued)
        {
            OnCongestion();
        }
    }

    public void OnData(int bytes, bool opensHole, Timestamp now)
    {
        if (!enabled)
        {
            return;
        }

        TimeSpan rtt = _minimumRtt > TimeSpan.Zero ? _minimumRtt : AssumedRtt;
        TimeSpan round = rtt > ShortestRound ? rtt : ShortestRound;
        TimeSpan elapsed = now - _roundStart;
        if (elapsed >= round)
        {
            EndRound(elapsed, round, now);
        }

        TimeSpan slice = round / SlicesPerRound;
        _slices.Add(bytes, slice > ShortestSlice ? slice : ShortestSlice, now);
        _roundBytes += bytes;
        _roundChunks++;
        if (opensHole && ++_roundHoles > HolesOfCongestion && _roundHoles > _roundChunks * HoleShareOfCongestion)
        {
            OnCongestion();
        }
    }

    private void EndRound(TimeSpan elapsed, TimeSpan round, Timestamp now)
    {
        // A pause is no round: what comes after it starts afresh.
        bool continuous = elapsed < round * 3;
        double rate = continuous ? _roundBytes / elapsed.TotalSeconds : 0;
        if (rate > 0)
        {
            _round++;
            _rate.Update(_round, rate);
            // Zero for a round without one, so that what a path once had is forgotten: it may have become faster.
            _trainRate.Update(_round, _slices.TrainRate(now));
            _sendsTrains |= _trainRate.Value > 0;
            if (rate >= _fullRate * GrowthPerRound)
            {
                _fullRate = rate;
                _stagnant = 0;
            }
            else
            {
                _stagnant++;
            }

            if (!_congestedThisRound)
            {
                _factor = Math.Min(1, _factor + RecoveryPerRound);
            }

            UpdateWindow(rate * round.TotalSeconds, round);
        }

        _slices.Clear(now);
        _roundStart = now;
        _roundBytes = 0;
        _roundHoles = 0;
        _roundChunks = 0;
        _congestedThisRound = false;
    }

    private void UpdateWindow(double bytesPerRound, TimeSpan round)
    {
        double window = IsStable
            ? _factor * CapacityAt(_rate.Value, round)
            : Math.Max(_round > 1 ? WindowBytes : 0, GrowthHeadroom * bytesPerRound);
        if (!IsStable && _trainRate.Value > 0)
        {
            // What a slow start adds in a round it sends while the round before is acknowledged: all of it meets in the queue.
            double grown = bytesPerRound + (_trainRate.Value * QueueOf(round).TotalSeconds);
            window = Math.Min(window, Math.Min(grown, CapacityAt(_trainRate.Value, round)));
        }

        WindowBytes = Math.Clamp((long)window, LeastBytes, maximumBytes);
    }

    /// <summary>What a path of this rate holds, with what may wait in its queue.</summary>
    private double CapacityAt(double rate, TimeSpan round) => rate * (round + QueueOf(round)).TotalSeconds;

    /// <summary>How long the peer's data may wait in the path's queue. A peer that paces itself needs no room there for bursts.</summary>
    private TimeSpan QueueOf(TimeSpan round)
    {
        TimeSpan queue = round * QueueHeadroom;
        return queue < MostQueue || !_sendsTrains ? queue : MostQueue;
    }

    private void OnCongestion()
    {
        if (_congestedThisRound)
        {
            return;
        }

        _congestedThisRound = true;
        if (!IsStable)
        {
            _stagnant = StagnantRounds;
        }
        else
        {
            _factor = Math.Max(LeastFactor, _factor * Backoff);
        }

        if (_rate.Value > 0)
        {
            UpdateWindow(0, _minimumRtt > ShortestRound ? _minimumRtt : ShortestRound);
        }
    }
}
