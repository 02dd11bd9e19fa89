namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Congestion control by a model of the path: the rate it delivers and the round trip time it has without a queue (after BBR).</summary>
/// <remarks>
/// <code>
/// Startup (2.77) -> Drain (0.35) -> Cruise (1.0) -> Up (1.25) -> Down (0.9) -> Cruise ...
/// any of the last four -> ProbeRtt (window 0.5 BDP for 200 ms) -> Cruise, when the minimum round trip time is 10 s old
/// Cruise -> Startup, when two probes (Up) in succession found all they asked for (<see cref="PathGrowth"/>)
/// </code>
/// Down also finds out whose queue it is (<see cref="QueueOwner"/>). One that is ours alone is kept short, by a smaller window and by pacing below
/// the estimate, which is the largest of many and too high. Beside others that would mean to give way.
/// Loss alone is no sign of congestion on wireless and long paths. A round counts as congested when it lost more than 2 % while the
/// round trip time was inflated by a queue, or when it lost so much that no random loss explains it.
/// </remarks>
internal sealed class BbrControl : ICongestionControl
{
    /// <summary>First flight: 32 packets, spread over one round trip time when that is known.</summary>
    private const int InitialWindowPackets = 32;

    /// <summary>First flight when no round trip time is known and it cannot be spread (RFC 6928).</summary>
    private const int UnpacedInitialWindowPackets = 10;

    private const int MinWindowPackets = 4;

    /// <summary>Room for batching of acknowledgements and timers at both ends, above the model's need; what matters on paths with a tiny BDP.</summary>
    private const int HeadroomPackets = 24;

    private const double StartupGain = 2.77;

    /// <summary>Startup with <see cref="LargeFlight"/> on its way: grows by half per round trip.</summary>
    private const double LargeFlightGain = 1.82;

    private const double LargeFlightWindowGain = 1.45;

    /// <summary>Most room for batches during startup, in bandwidth-delay products, or in bytes where that is more.</summary>
    private const double StartupBatchingShare = 0.5;

    private const long StartupBatchingBytes = 125_000;

    /// <summary>From here on a doubling may overflow the bottleneck by more losses than a peer that names 20 at a time gets repaired in many round trips.</summary>
    private const long LargeFlight = 1_000_000;

    private const double DrainGain = 0.35;

    /// <summary>What the start has queued is gone by then; what still waits is others', and would keep us at this pace until the rate is forgotten.</summary>
    private const int MostDrainRoundTrips = 3;

    private const double UpGain = 1.25;

    /// <summary>Packets that a probe asks for beyond what the path is known to hold, at least.</summary>
    private const int LeastProbePackets = 4;

    private const double DownGain = 0.9;
    private const double WindowGain = 2;

    /// <summary>Window beside others who queue: with more, an estimate that is too high would take more than its share.</summary>
    private const double BesideWindowGain = 1.6;

    /// <summary>Window while nobody else queues; above the BDP by <see cref="AloneSlack"/> at least.</summary>
    private const double AloneWindowGain = 1.25;

    /// <summary>Least pace while nobody else queues, however long the queue.</summary>
    private const double LeastAloneGain = 0.75;

    /// <summary>Pacing a little under the estimate lets queues of estimation error drain.</summary>
    private const double PacingMargin = 0.99;

    private const double InflightHighBackoff = 0.7;
    private const int RateWindowRounds = 10;
    private const int CruiseRoundTrips = 5;

    private static readonly TimeSpan ProbeRttDuration = TimeSpan.FromMilliseconds(200);

    /// <summary>What either end may be late by, on a busy machine, without the path running dry.</summary>
    private static readonly TimeSpan AloneSlack = TimeSpan.FromMilliseconds(15);

    /// <summary>Each probe undoes a quarter of what losses have taught. On a short path, where a browser's socket is the tightest queue (some 60 packets), probes by the
    /// path's own round trip would keep it overflowing.</summary>
    private static readonly TimeSpan LeastCruiseRoundTrip = TimeSpan.FromMilliseconds(40);

    private readonly double? _rememberedRate;
    private int _packetSize;
    private Phase _phase = Phase.Startup;
    private WindowedMaximum _rate = new(RateWindowRounds);
    private AckAggregation _aggregation = new(RateWindowRounds);
    private RoundTripRounds _rounds = new();
    private QueueOwner _queueOwner;
    private long _lastTruncatedRound = -RateWindowRounds;
    private long _window;
    private double _pacingRate = double.PositiveInfinity;

    private PathFloor _floor;
    private Timestamp _probeRttDoneAt = Timestamp.Never;
    private TimeSpan _probeRttMinimum;
    private long _windowBeforeProbe;

    private FullPipe _fullPipe;
    private PathGrowth _growth;
    private bool _isProbeJudged = true;
    private bool _pipeFilled;

    private double _inflightHigh = double.PositiveInfinity;
    private Timestamp _phaseStart;
    private int _cycle;
    private bool _congestedInUp;

    public BbrControl(int packetSize, double? rememberedRate = null)
    {
        _packetSize = packetSize;
        _rememberedRate = rememberedRate;
        _window = (long)UnpacedInitialWindowPackets * packetSize;
    }

    private enum Phase
    {
        Startup,
        Drain,
        Cruise,
        Up,
        Down,
        ProbeRtt,
    }

    public long CongestionWindow
    {
        get
        {
            long window = _window;
            if (_phase == Phase.ProbeRtt)
            {
                window = Math.Min(window, (long)(Bdp * 0.5));
            }
            else if (_phase == Phase.Down && IsQueueKnowable)
            {
                window = Math.Min(window, (long)(Bdp * QueueOwner.DrainedShare));
            }

            return Math.Max(window, (long)MinWindowPackets * _packetSize);
        }
    }

    public double PacingRate => _pacingRate;

    public double DeliveryRate => _rate.Value;

    /// <summary>Down looks at an emptied path, and alone the queue is as long as we make it.</summary>
    public bool KeepsQueueShort => IsQueueKnowable && (_queueOwner.IsUs || _phase == Phase.Down);

    public string Description => $"bbr {_phase}";

    /// <summary>While the peer has more holes than it can report, most of what counts as in flight may have arrived: it says nothing of queues, and needs room.</summary>
    private bool IsQueueKnowable => QueueOwner.IsKnowable(MinRtt) && _rounds.Number - _lastTruncatedRound >= RateWindowRounds;

    private TimeSpan MinRtt => _floor.Value;

    private double Bdp => _rate.Value * MinRtt.TotalSeconds;

    /// <summary>A quarter of a few packets is less than one, which no answer would tell from chance.</summary>
    private double ProbeGain => Bdp > 0 ? Math.Clamp(1 + (LeastProbePackets * _packetSize / Bdp), UpGain, StartupGain) : UpGain;

    public void OnPacketSize(int bytes) => _packetSize = bytes;

    public void OnPathRoundTripTime(TimeSpan roundTripTime, Timestamp now)
    {
        if (_rate.Value > 0 || roundTripTime <= TimeSpan.Zero)
        {
            return;
        }

        _floor.Set(roundTripTime, now);
        double window = InitialWindowPackets * _packetSize;
        if (_rememberedRate is { } remembered)
        {
            window = Math.Max(window, remembered / 2 * roundTripTime.TotalSeconds);
        }

        _window = (long)window;
        _pacingRate = window / roundTripTime.TotalSeconds;
    }

    public void OnTimeout(Timestamp now, long inFlight)
    {
        // The model stays; acknowledgements let the window grow back to it.
        _window = Math.Max(inFlight, (long)MinWindowPackets * _packetSize);
    }

    public void OnAck(in AckSample sample)
    {
        bool roundEnds = _rounds.Count(sample);
        if (sample.IsReportTruncated)
        {
            _lastTruncatedRound = _rounds.Number;
        }

        UpdateRate(sample);
        _aggregation.OnAck(sample, _rounds.Number, _rate.Value, _window);
        if (roundEnds)
        {
            _pipeFilled = _pipeFilled || (!sample.IsAppLimited && _fullPipe.IsFilled(_rate.Value));
            CheckCongestion(sample);
            _floor.OnRound(_rounds.MinimumRoundTripTime);
            _rounds.Begin();
        }

        UpdatePhase(sample);
        UpdateMinRtt(sample);
        UpdatePacing(sample);
        UpdateWindow(sample);
    }

    private void UpdateRate(in AckSample sample)
    {
        if (sample.DeliveryRate > 0 && (!sample.IsAppLimited || sample.DeliveryRate >= _rate.Value))
        {
            _rate.Update(_rounds.Number, sample.DeliveryRate);
        }
    }

    private void CheckCongestion(in AckSample sample)
    {
        // A start that overflows a queue began its round without one.
        if (!_rounds.IsCongested(MinRtt, _pipeFilled ? _rounds.MinimumRoundTripTime : sample.SmoothedRoundTripTime))
        {
            return;
        }

        _inflightHigh = Math.Max(Math.Min(_inflightHigh, sample.PriorInFlight + sample.LostBytes) * InflightHighBackoff, Bdp);
        _pipeFilled = true;
        _congestedInUp = _phase == Phase.Up;
    }

    private void UpdatePhase(in AckSample sample)
    {
        TimeSpan inPhase = sample.Now - _phaseStart;
        switch (_phase)
        {
            case Phase.Startup when sample.IsReportTruncated:
                // More holes than the peer can name: faster than this cannot be repaired. What is in flight is unknown, so there is nothing to drain by.
                _pipeFilled = true;
                Enter(Phase.Cruise, sample.Now);
                break;
            case Phase.Drain when sample.IsReportTruncated:
                Enter(Phase.Cruise, sample.Now);
                break;
            case Phase.Startup when _pipeFilled:
                Enter(Phase.Drain, sample.Now);
                break;
            case Phase.Drain when sample.InFlight <= Bdp || inPhase > sample.SmoothedRoundTripTime * MostDrainRoundTrips:
                Enter(Phase.Cruise, sample.Now);
                break;
            case Phase.Cruise when !_isProbeJudged && inPhase > MinRtt:
                JudgeProbe(sample);
                break;
            case Phase.Cruise when inPhase > (MinRtt > LeastCruiseRoundTrip ? MinRtt : LeastCruiseRoundTrip) * (CruiseRoundTrips + (_cycle % 3)):
                Enter(Phase.Up, sample.Now);
                break;
            case Phase.Up when inPhase > (ProbeGain > UpGain ? sample.SmoothedRoundTripTime : MinRtt) && (_congestedInUp || sample.PriorInFlight >= Math.Min(Bdp * ProbeGain, _inflightHigh)):
                if (!_congestedInUp)
                {
                    _inflightHigh *= UpGain;
                }

                _cycle++;
                Enter(Phase.Down, sample.Now);
                break;
            case Phase.Up when inPhase > MinRtt * 4:
                _cycle++;
                Enter(Phase.Down, sample.Now);
                break;
            case Phase.Down when !IsQueueKnowable && (sample.InFlight <= Bdp || inPhase > MinRtt * 4):
                Enter(Phase.Cruise, sample.Now);
                break;
            case Phase.Down when IsQueueKnowable && _queueOwner.Observe(sample, MinRtt, Bdp):
                if (_queueOwner.IsUs)
                {
                    // As low as ever: no need to empty the path to find out.
                    _floor.Confirm(sample.Now);
                }

                Enter(Phase.Cruise, sample.Now);
                break;
        }
    }

    /// <summary>A round trip after the probe has ended all of it is answered.</summary>
    private void JudgeProbe(in AckSample sample)
    {
        _isProbeJudged = true;
        if (_growth.End(_rate.Value, RoundTripRounds.IsQueued(MinRtt, sample.SmoothedRoundTripTime)))
        {
            _pipeFilled = false;
            _fullPipe = default;
            _inflightHigh = double.PositiveInfinity;
            Enter(Phase.Startup, sample.Now);
        }
        else if (_growth.IsSuspected)
        {
            Enter(Phase.Up, sample.Now);
        }
    }

    private void UpdateMinRtt(in AckSample sample)
    {
        bool isDoubtful = _floor.IsDoubtful(sample.Now);
        if (_floor.TryLower(sample.RoundTripTime, sample.Now))
        {
            isDoubtful = false;
        }
        else if (isDoubtful && sample.RoundTripTime > TimeSpan.Zero && sample.PriorInFlight <= Bdp * 0.5)
        {
            _floor.Set(sample.RoundTripTime, sample.Now);
            isDoubtful = false;
        }

        if (_phase == Phase.ProbeRtt)
        {
            HandleProbeRtt(sample);
        }
        else if (isDoubtful && _pipeFilled && _phase != Phase.Drain)
        {
            _windowBeforeProbe = _window;
            _probeRttDoneAt = Timestamp.Never;
            _probeRttMinimum = TimeSpan.MaxValue;
            Enter(Phase.ProbeRtt, sample.Now);
        }
    }

    private void HandleProbeRtt(in AckSample sample)
    {
        if (_probeRttDoneAt == Timestamp.Never)
        {
            if (sample.InFlight <= CongestionWindow || sample.Now - _phaseStart > ProbeRttDuration * 5)
            {
                _probeRttDoneAt = sample.Now + ProbeRttDuration + sample.SmoothedRoundTripTime;
            }

            return;
        }

        if (sample.RoundTripTime > TimeSpan.Zero && sample.RoundTripTime < _probeRttMinimum)
        {
            _probeRttMinimum = sample.RoundTripTime;
        }

        if (sample.Now >= _probeRttDoneAt)
        {
            _floor.Set(_probeRttMinimum != TimeSpan.MaxValue ? _probeRttMinimum : MinRtt, sample.Now);
            _window = Math.Max(_window, _windowBeforeProbe);
            Enter(Phase.Cruise, sample.Now);
        }
    }

    private void UpdatePacing(in AckSample sample)
    {
        if (_rate.Value <= 0)
        {
            return;
        }

        double gain = _phase switch
        {
            Phase.Startup => IsLarge(sample) ? LargeFlightGain : StartupGain,
            Phase.Drain => DrainGain,
            Phase.Up => ProbeGain,
            Phase.Down => DownGain,
            Phase.Cruise when IsQueueKnowable && _queueOwner.IsUs => AloneGain(sample),
            _ => 1.0,
        };
        double rate = gain * _rate.Value * PacingMargin;
        if (_pipeFilled || rate > _pacingRate || double.IsPositiveInfinity(_pacingRate))
        {
            _pacingRate = rate;
        }
    }

    /// <summary>By the model too: losses take much out of what is in flight, but not out of what the path holds.</summary>
    private bool IsLarge(in AckSample sample) => Math.Max(sample.InFlight, Bdp) > LargeFlight;

    /// <summary>The longer our queue, the slower: it settles where this meets the error of the estimate.</summary>
    private double AloneGain(in AckSample sample)
    {
        // The average tells late that the queue is gone, a single sample tells of packets that were late for another reason.
        TimeSpan now = sample.RoundTripTime > TimeSpan.Zero && sample.RoundTripTime < sample.SmoothedRoundTripTime ? sample.RoundTripTime : sample.SmoothedRoundTripTime;
        return Math.Clamp(1 - ((now - MinRtt - QueueOwner.ToleranceOf(MinRtt)) / MinRtt), LeastAloneGain, 1);
    }

    private void UpdateWindow(in AckSample sample)
    {
        double queue = (WindowGain - 1) * Bdp;
        double batching = _aggregation.Extra + (HeadroomPackets * _packetSize);
        if (IsQueueKnowable && _phase == Phase.Cruise)
        {
            if (_queueOwner.IsUs)
            {
                queue = Math.Min(queue, Math.Max((AloneWindowGain - 1) * Bdp, _rate.Value * AloneSlack.TotalSeconds));
            }
            else
            {
                // The queue that is there anyway covers for what comes in batches.
                queue = (BesideWindowGain - 1) * Bdp;
                batching = Math.Max(_aggregation.Extra, HeadroomPackets * _packetSize);
            }
        }

        if (_phase == Phase.Startup)
        {
            // Beyond a share of the path, what looks like batching here is the queue that the start itself made: room for it would overflow the bottleneck.
            batching = HeadroomPackets * _packetSize;
            if (IsLarge(sample))
            {
                queue = (LargeFlightWindowGain - 1) * Bdp;
            }
            else
            {
                batching += Math.Min(_aggregation.Extra, Math.Max(Bdp * StartupBatchingShare, StartupBatchingBytes));
            }
        }

        double target = Bdp + queue + batching;
        // Less than the path holds would keep it from ever being full.
        double limit = Math.Max(Math.Max(_inflightHigh, Bdp), HeadroomPackets * _packetSize);
        if (_pipeFilled)
        {
            _window = (long)Math.Min(_window + sample.AckedBytes, Math.Min(target, limit));
        }
        else if (_window < target || sample.Delivered < InitialWindowPackets * _packetSize)
        {
            _window += sample.AckedBytes;
        }
    }

    private void Enter(Phase phase, Timestamp now)
    {
        _phase = phase;
        _phaseStart = now;
        _congestedInUp = false;
        if (phase == Phase.Up)
        {
            _growth.Begin(_rate.Value);
            _isProbeJudged = false;
        }
        else if (phase == Phase.Down)
        {
            _queueOwner.Begin(now);
        }
    }
}
