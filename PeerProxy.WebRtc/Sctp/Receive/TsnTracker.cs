namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>What a received TSN is.</summary>
internal enum TsnKind
{
    /// <summary>Next in line or filling a hole, or above what came so far.</summary>
    New,

    /// <summary>Received before.</summary>
    Duplicate,

    /// <summary>Too far ahead, or one hole too many: to be dropped unacknowledged.</summary>
    OutOfRange,
}

/// <summary>Which TSNs came: the cumulative one, the blocks above it, and duplicates to report (RFC 9260 section 6.2).</summary>
/// <param name="initialTsn">First TSN of the peer.</param>
/// <param name="span">How far above the cumulative TSN one is accepted.</param>
internal sealed class TsnTracker(long initialTsn, int span)
{
    /// <summary>Holes remembered: more than fit in a SACK of one packet, so that what is not reported now is known later.</summary>
    private const int MaxBlocks = 1024;

    /// <summary>Duplicates reported per SACK; more say nothing new.</summary>
    private const int MaxDuplicates = 20;

    /// <summary>A gap block's offsets are 16 bits wide.</summary>
    private const int MaxOffset = ushort.MaxValue;

    private readonly TsnRangeSet _blocks = new(MaxBlocks);
    private readonly uint[] _duplicates = new uint[MaxDuplicates];
    private readonly int _span = Math.Min(span, MaxOffset);

    public long CumulativeTsn { get; private set; } = initialTsn - 1;

    public long HighestTsn => _blocks.Count == 0 ? CumulativeTsn : _blocks[_blocks.Count - 1].End;

    public int BlockCount => _blocks.Count;

    public bool HasGaps => _blocks.Count > 0;

    public int DuplicateCount { get; private set; }

    public ReadOnlySpan<uint> Duplicates => _duplicates.AsSpan(0, DuplicateCount);

    public TsnKind Classify(long tsn)
    {
        if (tsn <= CumulativeTsn || _blocks.Contains(tsn))
        {
            return TsnKind.Duplicate;
        }

        if (tsn > CumulativeTsn + _span || (tsn > CumulativeTsn + 1 && tsn > HighestTsn + 1 && _blocks.IsFull))
        {
            return TsnKind.OutOfRange;
        }

        return TsnKind.New;
    }

    public void RecordDuplicate(long tsn)
    {
        if (DuplicateCount < MaxDuplicates)
        {
            _duplicates[DuplicateCount++] = (uint)tsn;
        }
    }

    /// <summary>Takes a new TSN. False when the holes are too many; then it must be treated as not received.</summary>
    public bool TryRecord(long tsn)
    {
        if (tsn == CumulativeTsn + 1)
        {
            Advance(tsn);
            return true;
        }

        return _blocks.TryAdd(tsn);
    }

    /// <summary>Moves the cumulative TSN forward over what will never come (RFC 3758 section 3.6).</summary>
    public void Skip(long tsn)
    {
        if (tsn > CumulativeTsn)
        {
            Advance(tsn);
        }
    }

    /// <summary>Gap blocks as offsets, lowest first; as many as fit.</summary>
    public int CopyBlocks(Span<(ushort Start, ushort End)> destination)
    {
        int count = Math.Min(destination.Length, _blocks.Count);
        for (int i = 0; i < count; i++)
        {
            (long start, long end) = _blocks[i];
            destination[i] = ((ushort)(start - CumulativeTsn), (ushort)(end - CumulativeTsn));
        }

        return count;
    }

    public void ClearDuplicates() => DuplicateCount = 0;

    private void Advance(long tsn)
    {
        CumulativeTsn = tsn;
        if (_blocks.Count == 0)
        {
            return;
        }

        _blocks.RemoveThrough(tsn);
        if (_blocks.Count > 0 && _blocks[0].Start == tsn + 1)
        {
            CumulativeTsn = _blocks[0].End;
            _blocks.RemoveThrough(CumulativeTsn);
        }
    }
}
