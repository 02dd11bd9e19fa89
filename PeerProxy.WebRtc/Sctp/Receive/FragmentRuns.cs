using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>Neighbouring fragments of one message that are already joined.</summary>
internal sealed class FragmentRun
{
    public long Start { get; set; }

    /// <summary>Index after the last fragment held.</summary>
    public long Next { get; set; }

    public bool HasBegin { get; set; }

    public bool HasEnd { get; set; }

    public bool IsUnordered { get; set; }

    public ushort StreamId { get; set; }

    public uint MessageNumber { get; set; }

    public uint PayloadProtocol { get; set; }

    public ReceiveBuffer Buffer { get; set; } = null!;
}

/// <summary>Outcome of adding a fragment.</summary>
internal enum FragmentResult
{
    /// <summary>Held; its message is not complete.</summary>
    Held,

    /// <summary>Its message is complete and was taken out.</summary>
    Complete,

    /// <summary>It contradicts a neighbour: the peer breaks the protocol.</summary>
    Contradiction,

    /// <summary>The message, or the number of partial ones, is over the limit.</summary>
    LimitExceeded,
}

/// <summary>Joins fragments to messages by their index: the TSN of DATA, or the FSN within one I-DATA message.</summary>
/// <remarks>Fragments usually come in order and are appended in place. After a hole a new run starts; filling the hole joins the two, so each byte is copied a few times at most.</remarks>
internal sealed class FragmentRuns(int maxMessageSize, int maxRuns)
{
    /// <summary>Up to here runs start with room for a whole message as long as the last one; beyond it memory matters more than copies.</summary>
    private const int GenerousRuns = 16;

    private const int SmallestBuffer = 2048;

    private readonly List<FragmentRun> _runs = [];
    private int _lastMessageLength = SmallestBuffer;

    public int Count => _runs.Count;

    /// <summary>Bytes held in incomplete messages.</summary>
    public int HeldBytes { get; private set; }

    public FragmentResult Add(long index, in DataChunk chunk, out FragmentRun? complete)
    {
        complete = null;
        int position = LastStartingAtOrBefore(index);
        FragmentRun? previous = position >= 0 ? _runs[position] : null;
        FragmentRun? following = position + 1 < _runs.Count ? _runs[position + 1] : null;
        bool continues = previous is { HasEnd: false } && previous.Next == index;
        bool precedes = following is { HasBegin: false } && following.Start == index + 1;
        if (continues && (chunk.IsBegin || !BelongsTo(previous!, chunk)))
        {
            return FragmentResult.Contradiction;
        }

        if (precedes && (chunk.IsEnd || !BelongsTo(following!, chunk)))
        {
            return FragmentResult.Contradiction;
        }

        if (!continues && !chunk.IsBegin && previous is { HasEnd: true } && previous.Next == index)
        {
            return FragmentResult.Contradiction;
        }

        FragmentRun run;
        if (continues)
        {
            run = previous!;
            run.Buffer.Append(chunk.Payload);
            run.Next = index + 1;
        }
        else
        {
            if (_runs.Count >= maxRuns)
            {
                return FragmentResult.LimitExceeded;
            }

            run = Start(index, chunk);
            _runs.Insert(++position, run);
        }

        run.HasEnd |= chunk.IsEnd;
        HeldBytes += chunk.Payload.Length;
        if (precedes)
        {
            run.Buffer.Append(following!.Buffer.Written);
            run.Next = following.Next;
            run.HasEnd = following.HasEnd;
            following.Buffer.Dispose();
            _runs.RemoveAt(position + 1);
        }

        if (run.Buffer.Length > maxMessageSize)
        {
            return FragmentResult.LimitExceeded;
        }

        if (!run.HasBegin || !run.HasEnd)
        {
            return FragmentResult.Held;
        }

        _runs.RemoveAt(position);
        HeldBytes -= run.Buffer.Length;
        _lastMessageLength = run.Buffer.Length;
        complete = run;
        return FragmentResult.Complete;
    }

    /// <summary>Drops partial messages that start at or below an index. Returns the bytes let go.</summary>
    public int DropThrough(long index)
    {
        int dropped = 0;
        int count = 0;
        while (count < _runs.Count && _runs[count].Start <= index)
        {
            dropped += _runs[count].Buffer.Length;
            _runs[count].Buffer.Dispose();
            count++;
        }

        _runs.RemoveRange(0, count);
        HeldBytes -= dropped;
        return dropped;
    }

    private static bool BelongsTo(FragmentRun run, in DataChunk chunk) =>
        run.StreamId == chunk.StreamId && run.IsUnordered == chunk.IsUnordered && (run.IsUnordered || run.MessageNumber == chunk.MessageNumber);

    private FragmentRun Start(long index, in DataChunk chunk)
    {
        int capacity = _runs.Count < GenerousRuns && !chunk.IsEnd
            ? Math.Clamp(_lastMessageLength, SmallestBuffer, maxMessageSize)
            : chunk.Payload.Length;
        var run = new FragmentRun
        {
            Start = index,
            Next = index + 1,
            HasBegin = chunk.IsBegin,
            StreamId = chunk.StreamId,
            MessageNumber = chunk.MessageNumber,
            IsUnordered = chunk.IsUnordered,
            PayloadProtocol = chunk.PayloadProtocol,
            Buffer = new ReceiveBuffer(capacity),
        };
        run.Buffer.Append(chunk.Payload);
        return run;
    }

    private int LastStartingAtOrBefore(long index)
    {
        int low = 0;
        int high = _runs.Count - 1;
        if (high >= 0 && _runs[high].Start <= index)
        {
            return high;
        }

        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_runs[middle].Start <= index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
