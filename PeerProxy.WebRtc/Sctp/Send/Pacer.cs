namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Spreads packets over time: a token bucket that lets go of small bursts at the pace of the congestion control.</summary>
/// <remarks>A browser's UDP socket holds about 56 packets and drops what does not fit, so no instant may carry more than 16. A busy machine wakes the loop
/// late, by 10 ms and more; what was missed is made up at twice the pace, and on paths slower than a browser, which spread it, in larger bursts.</remarks>
internal sealed class Pacer
{
    public const int MaxBurstPackets = 16;

    /// <summary>Burst after a late timer on a slow path: fits a browser's socket even when nothing spreads it.</summary>
    public const int MaxCatchUpBurstPackets = 40;

    private const int MinQuantumPackets = 2;

    /// <summary>In bytes per second. A browser takes packets off its socket faster than a path of this rate brings them.</summary>
    private const double SlowPathRate = 120_000_000 / 8.0;

    private const double CatchUpGain = 2;

    /// <summary>A burst may follow another only after this: what a late timer missed is made up in steps.</summary>
    private static readonly TimeSpan MinBurstSpacing = TimeSpan.FromMicroseconds(250);

    /// <summary>How much of a late timer is made up at all.</summary>
    private static readonly TimeSpan MaxCatchUp = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan QuantumTime = TimeSpan.FromMilliseconds(1);

    private double _rate = double.PositiveInfinity;
    private double _tokens;
    private int _packetSize = SctpOptions.InitialPacketSize;
    private double _burst;
    private Timestamp _updated;
    private Timestamp _burstStart;
    private bool _waiting;

    /// <summary>Bytes let go at once: 1 ms of the rate, at least 2 and at most 16 packets.</summary>
    public double QuantumBytes => Math.Clamp(_rate * QuantumTime.TotalSeconds, MinQuantumPackets * _packetSize, MaxBurstPackets * _packetSize);

    /// <param name="bytesPerSecond">Infinity: only the burst limit applies.</param>
    public void SetRate(double bytesPerSecond, int packetSize, Timestamp now)
    {
        Refill(now);
        _rate = Math.Max(bytesPerSecond, 1);
        _packetSize = packetSize;
    }

    /// <summary>Whether a packet may go now.</summary>
    public bool CanSend(Timestamp now)
    {
        Refill(now);
        if (now - _burstStart >= BurstSpacing)
        {
            _burstStart = now;
            _burst = 0;
        }

        if (IsBurstFull)
        {
            _waiting = true;
            return false;
        }

        if (double.IsPositiveInfinity(_rate))
        {
            return true;
        }

        // Once empty, wait for a whole quantum, so that packets leave in batches of 1 ms and not one per timer.
        if (_tokens < (_waiting ? QuantumBytes : _packetSize) - 1)
        {
            _waiting = true;
            return false;
        }

        _waiting = false;
        return true;
    }

    public void OnSent(int bytes)
    {
        _tokens -= bytes;
        _burst += bytes;
    }

    /// <summary>Nothing is to go now for another reason: it is not made up later, for the window keeps it back to let a queue drain.</summary>
    public void Forgo(Timestamp now)
    {
        Refill(now);
        _tokens = Math.Min(_tokens, QuantumBytes);
    }

    /// <summary>When the next quantum may go, given that <see cref="CanSend"/> just said no.</summary>
    public Timestamp NextRelease(Timestamp now)
    {
        Timestamp spaced = IsBurstFull ? _burstStart + BurstSpacing : now;
        if (double.IsPositiveInfinity(_rate))
        {
            return spaced;
        }

        double missing = QuantumBytes - _tokens;
        Timestamp filled = missing <= 0 ? now : now + new TimeSpan((long)Math.Ceiling(missing / _rate * TimeSpan.TicksPerSecond));
        return Timestamp.Max(spaced, filled);
    }

    private bool IsBurstFull => _burst + _packetSize > (_rate <= SlowPathRate ? MaxCatchUpBurstPackets : MaxBurstPackets) * _packetSize;

    private TimeSpan BurstSpacing
    {
        get
        {
            var spacing = new TimeSpan((long)(_burst / (CatchUpGain * _rate) * TimeSpan.TicksPerSecond));
            return spacing > MinBurstSpacing ? spacing : MinBurstSpacing;
        }
    }

    private void Refill(Timestamp now)
    {
        if (now <= _updated)
        {
            return;
        }

        double elapsed = (now - _updated).TotalSeconds;
        _updated = now;
        if (double.IsPositiveInfinity(_rate))
        {
            _tokens = 0;
            return;
        }

        double capacity = Math.Max(QuantumBytes, _rate * MaxCatchUp.TotalSeconds);
        _tokens = Math.Min(_tokens + (elapsed * _rate), capacity);
    }
}
