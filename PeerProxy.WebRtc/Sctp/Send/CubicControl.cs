namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>CUBIC (RFC 9438) with the slow-start exit of HyStart++ (RFC 9406), paced.</summary>
internal sealed class CubicControl(int packetSize) : ICongestionControl
{
    private const int InitialWindowPackets = 10;
    private const int MinWindowPackets = 4;
    private const double Beta = 0.7;
    private const double C = 0.4;
    private const double PacingHeadroom = 1.2;
    private const double SlowStartPacing = 2;

    private const int HystartSamples = 8;
    private const int ConservativeGrowthDivisor = 4;
    private const int ConservativeRounds = 5;
    private static readonly TimeSpan MinRttThreshold = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan MaxRttThreshold = TimeSpan.FromMilliseconds(16);

    private int _packetSize = packetSize;
    private double _window = InitialWindowPackets * packetSize;
    private double _threshold = double.PositiveInfinity;
    private double _maxWindow;
    private double _renoWindow;
    private double _k;
    private Timestamp _epoch = Timestamp.Never;
    private TimeSpan _smoothedRtt;

    private long _roundEnd;
    private int _roundSamples;
    private TimeSpan _roundRtt = TimeSpan.MaxValue;
    private TimeSpan _lastRoundRtt = TimeSpan.MaxValue;
    private TimeSpan _conservativeBaseline;
    private int _conservativeRound;

    public long CongestionWindow => (long)_window;

    public double PacingRate => _smoothedRtt <= TimeSpan.Zero
        ? double.PositiveInfinity
        : (InSlowStart ? SlowStartPacing : PacingHeadroom) * _window / _smoothedRtt.TotalSeconds;

    public double DeliveryRate => _smoothedRtt <= TimeSpan.Zero ? 0 : _window / _smoothedRtt.TotalSeconds;

    public string Description => InSlowStart ? _conservativeRound > 0 ? "cubic conservative slow start" : "cubic slow start" : "cubic avoidance";

    private bool InSlowStart => _window < _threshold;

    public void OnAck(in AckSample sample)
    {
        _smoothedRtt = sample.SmoothedRoundTripTime;
        if (sample.IsRecoveryStart)
        {
            BackOff();
            return;
        }

        if (sample.IsInRecovery || sample.AckedBytes == 0)
        {
            return;
        }

        if (InSlowStart)
        {
            UpdateHystart(sample);
            if (sample.IsWindowLimited)
            {
                _window += _conservativeRound > 0 ? (double)sample.AckedBytes / ConservativeGrowthDivisor : sample.AckedBytes;
            }
        }
        else if (sample.IsWindowLimited)
        {
            Grow(sample);
        }
    }

    public void OnTimeout(Timestamp now, long inFlight)
    {
        BackOff();
        _window = _packetSize;
    }

    public void OnPacketSize(int bytes) => _packetSize = bytes;

    public void OnPathRoundTripTime(TimeSpan roundTripTime, Timestamp now) => _smoothedRtt = roundTripTime;

    private void BackOff()
    {
        // RFC 9438 4.7: fast convergence.
        _maxWindow = _window < _maxWindow ? _window * (1 + Beta) / 2 : _window;
        _window = Math.Max(_window * Beta, MinWindowPackets * _packetSize);
        _threshold = _window;
        _epoch = Timestamp.Never;
    }

    private void Grow(in AckSample sample)
    {
        if (_epoch == Timestamp.Never)
        {
            _epoch = sample.Now;
            _renoWindow = _window;
            if (_maxWindow < _window)
            {
                _maxWindow = _window;
            }

            _k = Math.Cbrt((_maxWindow - _window) / _packetSize / C);
        }

        double t = (sample.Now - _epoch + sample.SmoothedRoundTripTime).TotalSeconds;
        double target = (C * Math.Pow(t - _k, 3) * _packetSize) + _maxWindow;
        _renoWindow += 3 * (1 - Beta) / (1 + Beta) * _packetSize * sample.AckedBytes / _window;
        if (target < _renoWindow)
        {
            _window = Math.Max(_window, _renoWindow);
        }
        else
        {
            target = Math.Min(target, _window * 1.5);
            _window += Math.Max(0, (target - _window) * sample.AckedBytes / _window);
        }
    }

    private void UpdateHystart(in AckSample sample)
    {
        if (sample.PriorDelivered >= _roundEnd)
        {
            _roundEnd = sample.Delivered;
            _lastRoundRtt = _roundRtt;
            _roundRtt = TimeSpan.MaxValue;
            _roundSamples = 0;
            if (_conservativeRound > 0 && ++_conservativeRound > ConservativeRounds)
            {
                _threshold = _window;
                return;
            }
        }

        if (sample.RoundTripTime > TimeSpan.Zero)
        {
            _roundRtt = sample.RoundTripTime < _roundRtt ? sample.RoundTripTime : _roundRtt;
            _roundSamples++;
        }

        if (_roundSamples < HystartSamples || _lastRoundRtt == TimeSpan.MaxValue)
        {
            return;
        }

        if (_conservativeRound > 0)
        {
            // The rise was noise: slow start goes on.
            if (_roundRtt < _conservativeBaseline)
            {
                _conservativeRound = 0;
            }

            return;
        }

        TimeSpan threshold = _lastRoundRtt / 8;
        threshold = threshold < MinRttThreshold ? MinRttThreshold : threshold > MaxRttThreshold ? MaxRttThreshold : threshold;
        if (_roundRtt >= _lastRoundRtt + threshold)
        {
            _conservativeBaseline = _roundRtt;
            _conservativeRound = 1;
        }
    }
}
