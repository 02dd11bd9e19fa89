namespace PeerProxy.Protocol.Tunnel;

/// <summary>What <see cref="ReorderBuffer{T}.Add"/> made of a frame.</summary>
public enum ReorderResult
{
    /// <summary>It is the next one: handle it, then call <see cref="ReorderBuffer{T}.TryTakeNext"/> until it returns false.</summary>
    InOrder,

    /// <summary>It came early and is held.</summary>
    Held,

    /// <summary>Its number was there before, lies after FINAL, or too far ahead: the error PROTOCOL. It is not held.</summary>
    Error,
}

/// <summary>Puts the sequenced frames of one stream and direction into order.</summary>
/// <remarks>What it holds is bounded by credit (bodies), by <see cref="TunnelLimits.MaxSequenceGap"/> and by what the connection allows for the rest;
/// the owner does that accounting, since it knows the sizes. In the usual case (everything in order) it allocates nothing.</remarks>
/// <typeparam name="T">A frame with its buffer; <see cref="Drain"/> gives back what is left when a stream ends.</typeparam>
public sealed class ReorderBuffer<T>
{
    private Dictionary<uint, Held>? _held;
    private uint? _finalSequence;
    private uint _highest;

    /// <summary>The sequence number that is handled next.</summary>
    public uint Next { get; private set; }

    /// <summary>True once the frame with FINAL was handed out in order.</summary>
    public bool IsComplete { get; private set; }

    public int HeldCount => _held?.Count ?? 0;

    /// <summary>Takes a frame that arrived.</summary>
    public ReorderResult Add(uint sequence, bool isFinal, T frame)
    {
        // Also false for what wrapped around: a direction has at most 2^32 sequenced frames.
        if (IsComplete || sequence < Next || sequence - Next > TunnelLimits.MaxSequenceGap || sequence > _finalSequence)
        {
            return ReorderResult.Error;
        }

        if (isFinal)
        {
            // A second FINAL, or one below a number that was already used.
            if (_finalSequence is not null || (HeldCount > 0 && _highest >= sequence))
            {
                return ReorderResult.Error;
            }
        }

        if (sequence == Next)
        {
            Advance(isFinal);
        }
        else if (!(_held ??= []).TryAdd(sequence, new Held(frame, isFinal)))
        {
            return ReorderResult.Error;
        }

        if (isFinal)
        {
            _finalSequence = sequence;
        }

        _highest = Math.Max(_highest, sequence);
        return sequence < Next || IsComplete ? ReorderResult.InOrder : ReorderResult.Held;
    }

    /// <summary>The next held frame, if its turn has come.</summary>
    public bool TryTakeNext(out T frame)
    {
        if (_held is null || IsComplete || !_held.Remove(Next, out var held))
        {
            frame = default!;
            return false;
        }

        frame = held.Frame;
        Advance(held.IsFinal);
        return true;
    }

    /// <summary>Hands out all held frames in no order, so that the owner can free them.</summary>
    public IEnumerable<T> Drain()
    {
        var held = _held;
        _held = null;
        return held is null ? [] : held.Values.Select(entry => entry.Frame);
    }

    private void Advance(bool isFinal)
    {
        IsComplete = isFinal;
        Next++;
    }

    private readonly record struct Held(T Frame, bool IsFinal);
}
