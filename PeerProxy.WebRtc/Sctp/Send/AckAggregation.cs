namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>How much acknowledgements run ahead of the rate in bursts: room the window needs so that sending does not stall between them.</summary>
internal struct AckAggregation(int windowRounds)
{
    private WindowedMaximum _extra = new(windowRounds);
    private Timestamp _epoch;
    private long _epochBytes;

    /// <summary>In bytes.</summary>
    public readonly double Extra => _extra.Value;

    /// <param name="round">The number of the round.</param>
    /// <param name="rate">The path's rate in bytes per second.</param>
    /// <param name="limit">More than this is not believed.</param>
    public void OnAck(in AckSample sample, long round, double rate, long limit)
    {
        if (rate <= 0 || sample.AckedBytes == 0)
        {
            return;
        }

        double expected = rate * (sample.Now - _epoch).TotalSeconds;
        if (_epochBytes <= expected)
        {
            _epoch = sample.Now;
            _epochBytes = 0;
            expected = 0;
        }

        _epochBytes = Math.Min(_epochBytes + sample.AckedBytes, 1 << 30);
        _extra.Update(round, Math.Min(_epochBytes - expected, limit));
    }
}
