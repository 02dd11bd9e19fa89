using System.Buffers;
using System.Numerics;

namespace PeerProxy.WebRtc;

/// <summary>Buffers for messages on their way out, from whoever fills them to the association.</summary>
/// <remarks>
/// <see cref="ArrayPool{T}.Shared"/> keeps 32 arrays of a size per processor. Where hundreds of streams hold one or two each, most would be made anew, live just long
/// enough to reach the oldest generation, and leave holes there. This pool keeps up to <see cref="RetainedBytes"/> of each size, and gives up what was not needed between
/// two collections of the oldest generation.
/// </remarks>
public static class MessageBuffers
{
    /// <summary>Smaller ones come from <see cref="ArrayPool{T}.Shared"/>.</summary>
    public const int SmallestBytes = 1024;

    /// <summary>Larger ones come from <see cref="ArrayPool{T}.Shared"/>: no message of the tunnel is larger.</summary>
    public const int LargestBytes = 64 * 1024;

    /// <summary>What is kept of each size.</summary>
    public const int RetainedBytes = 8 * 1024 * 1024;

    private static readonly Shelf[] _shelves =
        [.. Enumerable.Range(BitOperations.Log2(SmallestBytes), Shift(LargestBytes) + 1).Select(log => new Shelf(RetainedBytes >> log))];

    static MessageBuffers() => _ = new Trimmer();

    /// <summary>A buffer of at least this many bytes, with anything in it.</summary>
    public static byte[] Rent(int bytes) =>
        bytes is < SmallestBytes or > LargestBytes
            ? ArrayPool<byte>.Shared.Rent(bytes)
            : _shelves[Shift(bytes)].TryTake() ?? GC.AllocateUninitializedArray<byte>(SmallestBytes << Shift(bytes));

    /// <summary>Gives a buffer of <see cref="Rent"/> back, once.</summary>
    public static void Return(byte[] buffer)
    {
        // Both pools' sizes are powers of two, so a length says which one a buffer is of.
        if (buffer.Length is < SmallestBytes or > LargestBytes)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        else
        {
            _shelves[Shift(buffer.Length)].Put(buffer);
        }
    }

    /// <summary>Lets go of the buffers that nobody needed since the last call.</summary>
    internal static void Trim()
    {
        foreach (var shelf in _shelves)
        {
            shelf.Trim();
        }
    }

    /// <summary>Which shelf has room for so many bytes: 0 holds the smallest.</summary>
    private static int Shift(int bytes) => BitOperations.Log2((uint)(bytes - 1)) + 1 - BitOperations.Log2(SmallestBytes);

    /// <summary>Buffers of one size; the one used last goes out first.</summary>
    internal sealed class Shelf(int capacity)
    {
        private readonly Stack<byte[]> _buffers = new();
        private int _unneeded;

        public byte[]? TryTake()
        {
            lock (_buffers)
            {
                var found = _buffers.TryPop(out var buffer);
                _unneeded = Math.Min(_unneeded, _buffers.Count);
                return found ? buffer : null;
            }
        }

        public void Put(byte[] buffer)
        {
            lock (_buffers)
            {
                if (_buffers.Count < capacity)
                {
                    _buffers.Push(buffer);
                }
            }
        }

        public void Trim()
        {
            lock (_buffers)
            {
                for (; _unneeded > 0; _unneeded--)
                {
                    _buffers.Pop();
                }

                _unneeded = _buffers.Count;
            }
        }
    }

    /// <summary>Garbage from its beginning: its finalizer runs after each collection that reaches it, which soon are those of the oldest generation only.</summary>
    private sealed class Trimmer
    {
        ~Trimmer()
        {
            if (!Environment.HasShutdownStarted)
            {
                if (GC.GetGeneration(this) == GC.MaxGeneration)
                {
                    Trim();
                }

                GC.ReRegisterForFinalize(this);
            }
        }
    }
}
