using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp.Send;

/// <content>Acknowledgements (RFC 9260 section 6.2.1).</content>
internal sealed partial class DataSender
{
    /// <summary>A window this large is a small negative number: the peer holds more than its window.</summary>
    private const uint NegativeWindow = 0x8000_0000;

    private long _ackedBytes;
    private long _newestAcked;
    private Timestamp _newestOriginalSentAt;
    private bool _hasRttSample;

    public long SacksReceived { get; private set; }

    /// <summary>The cumulative TSN of a SHUTDOWN acknowledges like a SACK without gaps; the peer's window stays as it was.</summary>
    public void HandleShutdownTsn(uint cumulativeTsn, Timestamp now) =>
        HandleSack(SackChunk.WithoutGaps(cumulativeTsn, (uint)Math.Min(_peerWindow, NegativeWindow - 1)), now);

    /// <summary>Takes a SACK; one that cannot be true changes nothing. Returns whether it was used.</summary>
    public bool HandleSack(in SackChunk sack, Timestamp now)
    {
        long cumulative = SerialNumber.Unwrap(_ring.CumulativeTsn, sack.CumulativeTsn);
        if (cumulative < _ring.CumulativeTsn || cumulative >= _ring.NextTsn || !AreBlocksPossible(sack, cumulative, out long lastBlockTsn))
        {
            return false;
        }

        SacksReceived++;
        ConsecutiveTimeouts = 0;
        long priorInFlight = _ring.BytesInFlight;
        bool windowLimited = priorInFlight + _packetSize >= _congestion.CongestionWindow;
        _ackedBytes = 0;
        _newestAcked = 0;
        _hasRttSample = false;
        _sampler.BeginAck();

        AdvanceTo(cumulative, now);
        TakeBackRenegedChunks();
        AcknowledgeBlocks(sack, cumulative, now);
        for (int i = 0; i < sack.DuplicateCount; i++)
        {
            OnDuplicateReported(SerialNumber.Unwrap(cumulative, sack.Duplicate(i)));
        }

        _peerWindow = sack.ReceiverWindow >= NegativeWindow ? 0 : sack.ReceiverWindow;
        if (_hasRttSample)
        {
            _rtt.OnSample(now - _newestOriginalSentAt, now);
        }

        _rack.OnSackBlocks(sack.GapBlockCount, lastBlockTsn);
        DetectedLosses losses = _rack.DetectLosses(now);
        double rate = _sampler.EndAck(_rtt.Minimum, out bool appLimited);
        if (_rack.IsTimingUnknown(_newestAcked))
        {
            // What was counted late comes in a burst that no path delivered.
            rate = 0;
        }

        Report(now, priorInFlight, losses, rate, appLimited, windowLimited);
        if (_ackedBytes > 0)
        {
            _rtt.ResetBackoff();
            _probeOutstanding = false;
        }

        RearmAfterSack(now);
        AdvanceForwardTsn(now);
        return true;
    }

    private bool AreBlocksPossible(in SackChunk sack, long cumulative, out long lastTsn)
    {
        lastTsn = cumulative;
        for (int i = 0; i < sack.GapBlockCount; i++)
        {
            (ushort start, ushort end) = sack.GapBlock(i);

            // The packet right after the cumulative one cannot be in a block, and blocks are in order and apart.
            if (start > end || cumulative + start <= lastTsn + 1 || cumulative + end >= _ring.NextTsn)
            {
                return false;
            }

            lastTsn = cumulative + end;
        }

        return true;
    }

    private void AdvanceTo(long cumulative, Timestamp now)
    {
        while (_ring.CumulativeTsn < cumulative)
        {
            long tsn = _ring.CumulativeTsn + 1;
            ref InFlightChunk chunk = ref _ring[tsn];
            if (chunk.Fate is ChunkFate.InFlight or ChunkFate.Lost)
            {
                Acknowledge(tsn, ref chunk, now);
            }

            OutgoingMessage message = chunk.Message;
            _ring.RemoveFirst();
            if (--message.OpenFragments == 0 && (message.IsFullySent || message.IsAbandoned))
            {
                _queue.Recycle(message);
            }
        }

        _acknowledged.RemoveThrough(cumulative);
    }

    private void AcknowledgeBlocks(in SackChunk sack, long cumulative, Timestamp now)
    {
        for (int i = 0; i < sack.GapBlockCount; i++)
        {
            (ushort start, ushort end) = sack.GapBlock(i);
            long cursor = cumulative + start;
            while (_acknowledged.TryNextUncovered(ref cursor, cumulative + end, out long from, out long to))
            {
                for (long tsn = from; tsn <= to; tsn++)
                {
                    ref InFlightChunk chunk = ref _ring[tsn];
                    if (chunk.Fate is ChunkFate.InFlight or ChunkFate.Lost)
                    {
                        Acknowledge(tsn, ref chunk, now);
                    }
                }
            }

            _acknowledged.TryAdd(cumulative + start, cumulative + end);
        }
    }

    private void Acknowledge(long tsn, ref InFlightChunk chunk, Timestamp now)
    {
        if (chunk.Fate == ChunkFate.Lost && !chunk.IsRetransmission)
        {
            SpuriousRetransmits++;
            _rack.OnDuplicate();
        }

        _newestAcked = Math.Max(_newestAcked, tsn);
        _sampler.OnAcked(chunk, now);
        _rack.OnAcknowledged(tsn, chunk, now);
        _ackedBytes += chunk.WireLength;
        if (!chunk.IsRetransmission && !_rack.IsTimingUnknown(tsn) && (!_hasRttSample || chunk.SentAt > _newestOriginalSentAt))
        {
            _hasRttSample = true;
            _newestOriginalSentAt = chunk.SentAt;
        }

        chunk.Message.Stream.UnacknowledgedBytes -= chunk.PayloadLength;
        _ring.MarkAcknowledged(tsn);
    }

    /// <summary>The chunk after the cumulative TSN cannot be held by the peer, or the TSN would include it: it threw away what it had acknowledged.</summary>
    private void TakeBackRenegedChunks()
    {
        long first = _ring.CumulativeTsn + 1;
        if (!_ring.Contains(first) || _ring[first].Fate != ChunkFate.Acknowledged)
        {
            return;
        }

        for (long tsn = first; tsn < _ring.NextTsn; tsn++)
        {
            ref InFlightChunk chunk = ref _ring[tsn];
            if (chunk.Fate == ChunkFate.Acknowledged)
            {
                _ring.MarkReneged(tsn);
                chunk.Message.Stream.UnacknowledgedBytes += chunk.PayloadLength;
            }
        }

        _acknowledged.Clear();
    }

    private void OnDuplicateReported(long tsn)
    {
        // A tail probe is a duplicate on purpose.
        if (tsn != _probedTsn && ChunksRetransmitted > 0)
        {
            SpuriousRetransmits++;
            _rack.OnDuplicate();
        }
    }

    private void Report(Timestamp now, long priorInFlight, DetectedLosses losses, double rate, bool appLimited, bool windowLimited)
    {
        ChunksLost += losses.Chunks;
        if (_ackedBytes == 0 && losses.Bytes == 0)
        {
            return;
        }

        _congestion.OnAck(new AckSample
        {
            Now = now,
            AckedBytes = _ackedBytes,
            LostBytes = losses.Bytes,
            OutageBytes = losses.OutageBytes,
            IsRecoveryStart = losses.Chunks > 0 && _rack.TryEnterRecovery(),
            IsInRecovery = _rack.InRecovery,
            PriorInFlight = priorInFlight,
            InFlight = _ring.BytesInFlight,
            DeliveryRate = rate,
            IsAppLimited = appLimited,
            RoundTripTime = _hasRttSample ? now - _newestOriginalSentAt : TimeSpan.Zero,
            SmoothedRoundTripTime = _rtt.Smoothed,
            MinimumRoundTripTime = _rtt.Minimum,
            Delivered = _sampler.Delivered,
            PriorDelivered = _sampler.PriorDelivered,
            IsReportTruncated = _rack.IsReportTruncated,
            IsWindowLimited = windowLimited,
        });
        UpdatePacer(now);
    }
}
