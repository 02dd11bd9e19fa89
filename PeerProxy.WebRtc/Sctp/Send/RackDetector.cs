namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Time-based loss detection (RFC 8985), on chunks instead of segments.</summary>
/// <remarks>
/// A chunk is lost when one sent after it was delivered and it is overdue by more than the reordering window. Originals are in TSN order and in
/// time order at once, so a cursor walks them; retransmissions are walked along the ring's list. Each chunk is visited a bounded number of times.
/// </remarks>
internal sealed class RackDetector(InFlightRing ring, RttEstimator rtt)
{
    /// <summary>What browsers report at most; TSNs above the last of so many blocks are unknown, not missing.</summary>
    private const int BrowserMaxGapBlocks = 20;

    /// <summary>Reports of other stacks, and ours, end at what fits in a packet.</summary>
    private const int LargeGapBlockReport = 200;

    /// <summary>Gap-acknowledged chunks that, as long as no reordering was seen, prove a loss without waiting.</summary>
    private const int DuplicateThreshold = 3;

    /// <summary>How many recoveries a widened window is kept (RFC 8985 section 6.2 step 4).</summary>
    private const int WidenedForRecoveries = 16;

    private long _originalCursor = ring.NextTsn;
    private long _suspectCursor = ring.NextTsn;
    private Timestamp _deliveredSentAt;
    private long _deliveredTsn;
    private TimeSpan _deliveredRtt;
    private long _highestAcknowledged = ring.CumulativeTsn;
    private long _unknownAbove = long.MaxValue;
    private long _unknownThrough = ring.CumulativeTsn;
    private int _multiplier = 1;
    private int _recoveriesLeft;
    private long _lastWidenedAt;
    private long _recoveryEnd = ring.CumulativeTsn;
    private Outage _outage;

    public bool IsReorderingSeen { get; private set; }

    public bool InRecovery => ring.CumulativeTsn < _recoveryEnd;

    /// <summary>When a chunk that may be late becomes lost.</summary>
    public Timestamp Deadline { get; private set; } = Timestamp.Never;

    /// <summary>The number of gap blocks of the SACK and the TSN its last block ends at.</summary>
    public void OnSackBlocks(int count, long lastTsn)
    {
        _unknownAbove = count == BrowserMaxGapBlocks || count >= LargeGapBlockReport ? lastTsn : long.MaxValue;
        if (IsReportTruncated)
        {
            _unknownThrough = ring.NextTsn - 1;
        }
    }

    /// <summary>The last SACK had no room for all blocks: much of what counts as in flight may have arrived.</summary>
    public bool IsReportTruncated => _unknownAbove != long.MaxValue;

    /// <summary>Whether a chunk was in flight while reports were truncated: when it is acknowledged says nothing about how long it took.</summary>
    public bool IsTimingUnknown(long tsn) => tsn <= _unknownThrough;

    /// <summary>A chunk was acknowledged; called before the ring forgets it.</summary>
    public void OnAcknowledged(long tsn, in InFlightChunk chunk, Timestamp now)
    {
        TimeSpan elapsed = now - chunk.SentAt;
        if (chunk.IsRetransmission)
        {
            // Too soon to be the answer to the repair: the original arrived after all.
            if (elapsed < rtt.Minimum)
            {
                return;
            }
        }
        else if (tsn < _highestAcknowledged)
        {
            IsReorderingSeen = true;
        }

        _highestAcknowledged = Math.Max(_highestAcknowledged, tsn);
        if (chunk.SentAt > _deliveredSentAt || (chunk.SentAt == _deliveredSentAt && tsn > _deliveredTsn))
        {
            _deliveredSentAt = chunk.SentAt;
            _deliveredTsn = tsn;
            _deliveredRtt = IsTimingUnknown(tsn) && elapsed > rtt.Smoothed ? rtt.Smoothed : elapsed;
        }
    }

    /// <summary>The peer got a chunk twice: a repair was needless, so wait longer; at most one step per round trip.</summary>
    public void OnDuplicate()
    {
        if (ring.CumulativeTsn < _lastWidenedAt)
        {
            return;
        }

        _lastWidenedAt = ring.NextTsn;
        IsReorderingSeen = true;
        _multiplier = Math.Min(_multiplier * 2, 64);
        _recoveriesLeft = WidenedForRecoveries;
    }

    /// <summary>Marks what is lost by now.</summary>
    public DetectedLosses DetectLosses(Timestamp now)
    {
        Deadline = Timestamp.Never;
        int chunks = 0;
        long bytes = 0;
        long outageBytes = 0;
        TimeSpan window = _deliveredRtt + ReorderingWindow();
        if (_originalCursor <= ring.CumulativeTsn)
        {
            // What lies between was delivered in order and is gone from the ring.
            _outage.OnDelivered();
            _originalCursor = ring.CumulativeTsn + 1;
        }

        while (_originalCursor < ring.NextTsn && _originalCursor <= _unknownAbove)
        {
            ref InFlightChunk chunk = ref ring[_originalCursor];
            if (chunk.Fate == ChunkFate.InFlight && !chunk.IsRetransmission)
            {
                if (!IsOverdue(_originalCursor, chunk, window, now))
                {
                    break;
                }

                chunks++;
                bytes += chunk.WireLength;
                outageBytes += _outage.OnLost(chunk);
                ring.MarkLost(_originalCursor);
            }
            else
            {
                _outage.OnDelivered();
            }

            _originalCursor++;
        }

        long tsn = ring.OldestResent;
        while (tsn != 0)
        {
            ref InFlightChunk chunk = ref ring[tsn];
            long next = chunk.NextResent;
            if (tsn <= _unknownAbove)
            {
                if (!IsOverdue(tsn, chunk, window, now))
                {
                    break;
                }

                chunks++;
                bytes += chunk.WireLength;
                ring.MarkLost(tsn);
            }

            tsn = next;
        }

        return new(chunks, bytes, outageBytes);
    }

    /// <summary>
    /// While reports are truncated, marks the next chunk above them that has been out for more than a round trip: it arrived or is lost, we cannot know
    /// which. A peer that reports 20 holes at a time would take seconds to name the losses of one queue overflow; sending such chunks again while
    /// nothing else may go repairs them in a round trip. Each is tried once.
    /// </summary>
    public bool TryMarkSuspect(Timestamp now)
    {
        if (!IsReportTruncated)
        {
            return false;
        }

        TimeSpan age = rtt.Smoothed + (rtt.Smoothed / 8);
        _suspectCursor = Math.Max(_suspectCursor, _unknownAbove + 1);
        while (_suspectCursor < ring.NextTsn)
        {
            ref InFlightChunk chunk = ref ring[_suspectCursor];
            if (chunk.Fate == ChunkFate.InFlight && !chunk.IsRetransmission)
            {
                // Originals are in the order of time: what follows is younger still.
                if (chunk.SentAt + age > now)
                {
                    return false;
                }

                ring.MarkLost(_suspectCursor++);
                return true;
            }

            _suspectCursor++;
        }

        return false;
    }

    /// <summary>Whether these losses begin a recovery; a window's worth of losses is one.</summary>
    public bool TryEnterRecovery()
    {
        if (InRecovery)
        {
            return false;
        }

        _recoveryEnd = ring.NextTsn - 1;
        if (_recoveriesLeft > 0 && --_recoveriesLeft == 0)
        {
            _multiplier = 1;
        }

        return true;
    }

    /// <summary>On a timeout the first chunk is lost, and each that was sent long enough ago (RFC 8985 section 6.3), as far as reports reached. Leaves recovery.</summary>
    public (int Chunks, long Bytes) OnTimeout(Timestamp now)
    {
        int chunks = 0;
        long bytes = 0;
        bool first = true;
        TimeSpan window = rtt.Smoothed + ReorderingWindow();
        for (long tsn = ring.CumulativeTsn + 1; tsn < ring.NextTsn && (first || tsn <= _unknownAbove); tsn++)
        {
            ref InFlightChunk chunk = ref ring[tsn];
            if (chunk.Fate != ChunkFate.InFlight)
            {
                continue;
            }

            if (first || chunk.SentAt + window <= now)
            {
                chunks++;
                bytes += chunk.WireLength;
                ring.MarkLost(tsn);
                first = false;
            }
        }

        _recoveryEnd = ring.CumulativeTsn;
        _unknownAbove = long.MaxValue;
        Deadline = Timestamp.Never;
        return (chunks, bytes);
    }

    private bool IsOverdue(long tsn, in InFlightChunk chunk, TimeSpan window, Timestamp now)
    {
        if (chunk.SentAt > _deliveredSentAt || (chunk.SentAt == _deliveredSentAt && tsn > _deliveredTsn))
        {
            return false;
        }

        Timestamp due = chunk.SentAt + window;
        if (due <= now)
        {
            return true;
        }

        Deadline = Timestamp.Min(Deadline, due);
        return false;
    }

    private TimeSpan ReorderingWindow()
    {
        if (!IsReorderingSeen && (InRecovery || ring.Count - ring.InFlightCount - ring.LostCount >= DuplicateThreshold))
        {
            return TimeSpan.Zero;
        }

        TimeSpan window = rtt.Minimum / 4 * _multiplier;
        return window < rtt.Smoothed ? window : rtt.Smoothed;
    }
}
