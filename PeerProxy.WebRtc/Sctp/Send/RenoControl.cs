namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>The congestion control of RFC 9260 section 7.2, counting bytes (RFC 3465); paced at 1.2 windows per round trip.</summary>
internal sealed class RenoControl(int packetSize) : ICongestionControl
{
    private const int InitialWindowPackets = 10;
    private const int MinWindowPackets = 4;
    private const double PacingHeadroom = 1.2;
    private const double SlowStartPacing = 2;

    private int _packetSize = packetSize;
    private double _window = InitialWindowPackets * packetSize;
    private double _threshold = double.PositiveInfinity;
    private TimeSpan _smoothedRtt;

    public long CongestionWindow => (long)_window;

    public double PacingRate => _smoothedRtt <= TimeSpan.Zero
        ? double.PositiveInfinity
        : (_window < _threshold ? SlowStartPacing : PacingHeadroom) * _window / _smoothedRtt.TotalSeconds;

    public double DeliveryRate => _smoothedRtt <= TimeSpan.Zero ? 0 : _window / _smoothedRtt.TotalSeconds;

    public string Description => _window < _threshold ? "reno slow start" : "reno avoidance";

    public void OnAck(in AckSample sample)
    {
        _smoothedRtt = sample.SmoothedRoundTripTime;
        if (sample.IsRecoveryStart)
        {
            _threshold = Math.Max(_window / 2, MinWindowPackets * _packetSize);
            _window = _threshold;
        }
        else if (!sample.IsInRecovery && sample.IsWindowLimited)
        {
            _window += _window < _threshold ? sample.AckedBytes : _packetSize * (sample.AckedBytes / _window);
        }
    }

    public void OnTimeout(Timestamp now, long inFlight)
    {
        _threshold = Math.Max(_window / 2, MinWindowPackets * _packetSize);
        _window = _packetSize;
    }

    public void OnPacketSize(int bytes) => _packetSize = bytes;

    public void OnPathRoundTripTime(TimeSpan roundTripTime, Timestamp now) => _smoothedRtt = roundTripTime;
}
