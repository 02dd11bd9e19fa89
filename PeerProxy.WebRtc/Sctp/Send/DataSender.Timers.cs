using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp.Send;

/// <content>Timeouts, tail probes and the reordering timer.</content>
internal sealed partial class DataSender
{
    /// <summary>What a tail probe waits above two round trips: timer granularity at both ends.</summary>
    private static readonly TimeSpan ProbeSlack = TimeSpan.FromMilliseconds(2);

    private readonly RackDetector _rack;
    private bool _probeOutstanding;
    private long _probedTsn;

    public bool HandleTimeout(Timestamp now)
    {
        if (_timers.TryExpire(SctpTimer.Reorder, now))
        {
            OnReorderTimer(now);
        }

        if (_timers.TryExpire(SctpTimer.TailProbe, now) && _ring.InFlightCount > 0 && _ring.LostCount == 0)
        {
            _probePending = true;
        }

        if (_timers.TryExpire(SctpTimer.Lifetime, now))
        {
            DropExpired(now);
        }

        return !_timers.TryExpire(SctpTimer.Retransmission, now) || OnRetransmissionTimeout(now);
    }

    /// <summary>The path changed: probe it at once with what is in flight, and forget backoff.</summary>
    public void OnPathChanged(Timestamp now)
    {
        _rtt.Reset();
        if (_ring.Count > 0)
        {
            _rack.OnTimeout(now);
            _timers.Set(SctpTimer.Retransmission, now + _rtt.Timeout);
        }

        ConsecutiveTimeouts = 0;
        _congestion = Create(_options);
        _congestion.OnPacketSize(_packetSize);
        UpdatePacer(now);
    }

    /// <summary>While the COOKIE-ECHO is unanswered its timer is the only one.</summary>
    public void HoldTimers()
    {
        _timers.Stop(SctpTimer.Retransmission);
        _timers.Stop(SctpTimer.TailProbe);
        _timers.Stop(SctpTimer.Reorder);
    }

    /// <summary>The COOKIE-ECHO goes again, and the data that went with it.</summary>
    public void OnHandshakeRetry()
    {
        for (long tsn = _ring.CumulativeTsn + 1; tsn < _ring.NextTsn; tsn++)
        {
            if (_ring[tsn].Fate == ChunkFate.InFlight)
            {
                _ring.MarkLost(tsn);
            }
        }
    }

    public void OnEstablished(Timestamp now)
    {
        UpdatePacer(now);
        if (_ring.Count > 0)
        {
            ArmTimers(now, isProbe: false);
        }
    }

    private void OnReorderTimer(Timestamp now)
    {
        long prior = _ring.BytesInFlight;
        DetectedLosses losses = _rack.DetectLosses(now);
        _ackedBytes = 0;
        _hasRttSample = false;
        Report(now, prior, losses, rate: 0, appLimited: false, windowLimited: true);
        _timers.Set(SctpTimer.Reorder, _rack.Deadline);
    }

    /// <summary>False when the peer did not answer in all tries.</summary>
    private bool OnRetransmissionTimeout(Timestamp now)
    {
        if (_ring.Count == 0)
        {
            return true;
        }

        Timeouts++;
        if (++ConsecutiveTimeouts > _options.MaxRetransmissions)
        {
            return false;
        }

        _rtt.BackOff();
        (int chunks, _) = _rack.OnTimeout(now);
        ChunksLost += chunks;
        _congestion.OnTimeout(now, _ring.BytesInFlight);
        UpdatePacer(now);
        _probePending = false;
        _probeOutstanding = false;
        _timers.Stop(SctpTimer.TailProbe);
        _timers.Stop(SctpTimer.Reorder);
        _timers.Set(SctpTimer.Retransmission, now + _rtt.Timeout);
        ForwardTsnPending |= _advancedTsn > _ring.CumulativeTsn;
        return true;
    }

    private void RearmAfterSack(Timestamp now)
    {
        _timers.Set(SctpTimer.Reorder, _rack.Deadline);
        if (_ring.Count == 0)
        {
            _timers.Stop(SctpTimer.Retransmission);
            _timers.Stop(SctpTimer.TailProbe);
            _probePending = false;
            return;
        }

        if (_ackedBytes > 0)
        {
            _timers.Set(SctpTimer.Retransmission, now + _rtt.Timeout);
        }

        ArmTailProbe(now);
    }

    private void ArmTimers(Timestamp now, bool isProbe)
    {
        if (isProbe || !_timers.IsRunning(SctpTimer.Retransmission))
        {
            _timers.Set(SctpTimer.Retransmission, now + _rtt.Timeout);
        }

        if (!isProbe)
        {
            ArmTailProbe(now);
        }
    }

    private void ArmTailProbe(Timestamp now)
    {
        // One probe per flight; repairs in progress bring their own acknowledgements.
        if (_probeOutstanding || !_rtt.IsKnown || _ring.InFlightCount == 0 || _ring.LostCount > 0)
        {
            _timers.Stop(SctpTimer.TailProbe);
            return;
        }

        Timestamp probe = now + (_rtt.Smoothed * 2) + ProbeSlack;
        _timers.Set(SctpTimer.TailProbe, probe < _timers[SctpTimer.Retransmission] ? probe : Timestamp.Never);
    }

    /// <summary>RFC 8985 section 7.3: new data if there is some, else the newest chunk again.</summary>
    private bool WriteProbe(ref SctpPacketWriter writer, Timestamp now)
    {
        _probeOutstanding = true;
        if (WriteNew(ref writer, now))
        {
            TailProbes++;
            return true;
        }

        for (long tsn = _ring.NextTsn - 1; tsn > _ring.CumulativeTsn; tsn--)
        {
            ref InFlightChunk chunk = ref _ring[tsn];
            if (chunk.Fate == ChunkFate.InFlight && chunk.WireLength <= writer.Remaining)
            {
                TailProbes++;
                _probedTsn = tsn;
                Resend(ref writer, tsn, ref chunk, now);
                return true;
            }
        }

        return false;
    }
}
