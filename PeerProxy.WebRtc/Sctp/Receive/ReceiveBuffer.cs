using System.Buffers;

namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>A growing buffer of pooled memory in which a message is put together, then handed to the user as its owner.</summary>
/// <remarks>The shell itself is not pooled: the user may dispose it twice, which must not free the memory of another message.</remarks>
internal sealed class ReceiveBuffer(int capacity) : IMemoryOwner<byte>
{
    private byte[]? _array = ArrayPool<byte>.Shared.Rent(capacity);

    public Memory<byte> Memory => _array ?? throw new ObjectDisposedException(nameof(ReceiveBuffer));

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _array.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        int needed = Length + bytes.Length;
        if (needed > _array!.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _array.Length * 2));
            _array.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_array);
            _array = larger;
        }

        bytes.CopyTo(_array.AsSpan(Length));
        Length = needed;
    }

    public void Dispose()
    {
        byte[]? array = Interlocked.Exchange(ref _array, null);
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
