namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Measures the delivery rate per acknowledged chunk (draft-cheng-iccrg-delivery-rate-estimation).</summary>
/// <remarks>A sample is app-limited while what was in flight when the application ran dry is still being delivered; such samples say nothing about how fast the path could be.</remarks>
internal sealed class DeliveryRateSampler
{
    private Timestamp _deliveredAt;
    private Timestamp _firstSentAt;
    private long _appLimitedUntil;
    private long _priorDelivered;
    private Timestamp _priorDeliveredAt;
    private Timestamp _priorFirstSentAt;
    private Timestamp _priorSentAt;
    private bool _priorAppLimited;
    private bool _hasSample;

    /// <summary>Wire bytes acknowledged so far.</summary>
    public long Delivered { get; private set; }

    public bool IsAppLimited => _appLimitedUntil > 0;

    public long PriorDelivered => _priorDelivered;

    public void OnSent(ref InFlightChunk chunk, long inFlightBefore, Timestamp now)
    {
        if (inFlightBefore == 0)
        {
            _firstSentAt = now;
            _deliveredAt = now;
        }

        chunk.SentAt = now;
        chunk.FirstSentAt = _firstSentAt;
        chunk.DeliveredAt = _deliveredAt;
        chunk.Delivered = Delivered;
        chunk.IsAppLimited = IsAppLimited;
        chunk.InFlightAtSend = inFlightBefore + chunk.WireLength;
    }

    public void BeginAck()
    {
        _hasSample = false;
        _priorDelivered = 0;
    }

    public void OnAcked(in InFlightChunk chunk, Timestamp now)
    {
        Delivered += chunk.WireLength;
        _deliveredAt = now;
        if (!_hasSample || chunk.Delivered > _priorDelivered || (chunk.Delivered == _priorDelivered && chunk.SentAt > _priorSentAt))
        {
            _hasSample = true;
            _priorDelivered = chunk.Delivered;
            _priorDeliveredAt = chunk.DeliveredAt;
            _priorFirstSentAt = chunk.FirstSentAt;
            _priorSentAt = chunk.SentAt;
            _priorAppLimited = chunk.IsAppLimited;
            _firstSentAt = chunk.SentAt;
        }
    }

    /// <summary>The rate over the interval the newest acknowledged chunk spans; 0 when it is too short to mean anything.</summary>
    public double EndAck(TimeSpan minimumRoundTripTime, out bool isAppLimited)
    {
        isAppLimited = _priorAppLimited;
        if (_appLimitedUntil > 0 && Delivered > _appLimitedUntil)
        {
            _appLimitedUntil = 0;
        }

        if (!_hasSample)
        {
            return 0;
        }

        TimeSpan sendElapsed = _priorSentAt - _priorFirstSentAt;
        TimeSpan ackElapsed = _deliveredAt - _priorDeliveredAt;
        TimeSpan interval = sendElapsed > ackElapsed ? sendElapsed : ackElapsed;
        if (interval <= TimeSpan.Zero || interval < minimumRoundTripTime)
        {
            return 0;
        }

        return (Delivered - _priorDelivered) / interval.TotalSeconds;
    }

    /// <summary>Nothing is left to send though more would be allowed.</summary>
    public void OnAppLimited(long inFlight) => _appLimitedUntil = Math.Max(1, Delivered + inFlight);
}
