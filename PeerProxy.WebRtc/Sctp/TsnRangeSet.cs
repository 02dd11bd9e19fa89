namespace PeerProxy.WebRtc.Sctp;

/// <summary>Sorted, disjoint, non-adjacent ranges of TSNs, both ends included.</summary>
/// <remarks>An array is enough: there are as many ranges as holes on the path, and almost all changes happen at the end.</remarks>
internal sealed class TsnRangeSet(int maximumRanges)
{
    private const int InitialCapacity = 8;

    private (long Start, long End)[] _ranges = new (long, long)[InitialCapacity];

    public int Count { get; private set; }

    public bool IsFull => Count >= maximumRanges;

    public (long Start, long End) this[int index] => _ranges[index];

    public bool Contains(long tsn)
    {
        int index = FirstEndingAtOrAfter(tsn);
        return index < Count && _ranges[index].Start <= tsn;
    }

    /// <summary>Adds one TSN. False when that would make one range too many.</summary>
    public bool TryAdd(long tsn) => TryAdd(tsn, tsn);

    /// <summary>Adds a range, merging what it touches. False when that would make one range too many.</summary>
    public bool TryAdd(long start, long end)
    {
        int first = FirstEndingAtOrAfter(start - 1);
        int last = first;
        while (last < Count && _ranges[last].Start <= end + 1)
        {
            start = Math.Min(start, _ranges[last].Start);
            end = Math.Max(end, _ranges[last].End);
            last++;
        }

        if (last == first)
        {
            if (IsFull)
            {
                return false;
            }

            if (Count == _ranges.Length)
            {
                Array.Resize(ref _ranges, Math.Min(_ranges.Length * 2, maximumRanges));
            }

            Array.Copy(_ranges, first, _ranges, first + 1, Count - first);
            Count++;
        }
        else if (last > first + 1)
        {
            Array.Copy(_ranges, last, _ranges, first + 1, Count - last);
            Count -= last - first - 1;
        }

        _ranges[first] = (start, end);
        return true;
    }

    /// <summary>Forgets everything up to and including a TSN.</summary>
    public void RemoveThrough(long tsn)
    {
        int gone = 0;
        while (gone < Count && _ranges[gone].End <= tsn)
        {
            gone++;
        }

        if (gone > 0)
        {
            Array.Copy(_ranges, gone, _ranges, 0, Count - gone);
            Count -= gone;
        }

        if (Count > 0 && _ranges[0].Start <= tsn)
        {
            _ranges[0].Start = tsn + 1;
        }
    }

    /// <summary>The next part of [<paramref name="cursor"/>, <paramref name="end"/>] that is in no range; moves the cursor past it.</summary>
    public bool TryNextUncovered(ref long cursor, long end, out long from, out long to)
    {
        from = to = 0;
        int index = FirstEndingAtOrAfter(cursor);
        while (index < Count && _ranges[index].Start <= cursor)
        {
            cursor = _ranges[index].End + 1;
            index++;
        }

        if (cursor > end)
        {
            return false;
        }

        from = cursor;
        to = index < Count ? Math.Min(end, _ranges[index].Start - 1) : end;
        cursor = to + 1;
        return true;
    }

    public void Clear() => Count = 0;

    private int FirstEndingAtOrAfter(long tsn)
    {
        // The usual place is the last range.
        if (Count == 0 || _ranges[Count - 1].End < tsn)
        {
            return Count;
        }

        int low = 0;
        int high = Count - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_ranges[middle].End < tsn)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
