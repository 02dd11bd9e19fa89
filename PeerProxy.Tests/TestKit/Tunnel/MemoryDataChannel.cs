using System.Buffers;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.TestKit.Tunnel;

/// <summary>One end of an in-memory data channel: reliable, and in a seeded random order when unordered.</summary>
/// <remarks>A full queue makes <see cref="SendAsync"/> wait, as late binding does in the real stack.</remarks>
internal sealed class MemoryDataChannel : IDataChannel
{
    /// <summary>How many messages may be in flight before a sender waits.</summary>
    private const int Capacity = 16;

    private readonly List<byte[]> _incoming = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly SemaphoreSlim _room = new(Capacity);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Random? _order;
    private MemoryDataChannel _other = null!;

    private MemoryDataChannel(string label, Random? order)
    {
        Label = label;
        _order = order;
    }

    public string Label { get; }

    public ushort? Id => 0;

    public Task Opened => Task.CompletedTask;

    public Task Closed => _closed.Task;

    public long BufferedAmount => 0;

    public static (MemoryDataChannel A, MemoryDataChannel B) CreatePair(string label, int? seed = null)
    {
        var a = new MemoryDataChannel(label, seed is null ? null : new Random(seed.Value));
        var b = new MemoryDataChannel(label, seed is null ? null : new Random(seed.Value + 1));
        (a._other, b._other) = (b, a);
        return (a, b);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, bool isText = false, CancellationToken cancellationToken = default)
    {
        await _other._room.WaitAsync(cancellationToken);
        if (_closed.Task.IsCompleted)
        {
            throw new PeerConnectionException("The channel is closed.");
        }

        lock (_other._incoming)
        {
            _other._incoming.Add(message.ToArray());
        }

        _other._arrived.Release();
    }

    public async ValueTask<DataChannelMessage?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        await _arrived.WaitAsync(cancellationToken);
        byte[] message;
        lock (_incoming)
        {
            if (_incoming.Count == 0)
            {
                // Closed: let every later call through too.
                _arrived.Release();
                return null;
            }

            var index = _order?.Next(_incoming.Count) ?? 0;
            message = _incoming[index];
            _incoming.RemoveAt(index);
        }

        _room.Release();
        return new DataChannelMessage(new Owner(message), message.Length, isText: false);
    }

    public ValueTask CloseAsync()
    {
        foreach (var end in new[] { this, _other })
        {
            if (end._closed.TrySetResult())
            {
                end._arrived.Release();
                end._room.Release(1_000);
            }
        }

        return ValueTask.CompletedTask;
    }

    private sealed class Owner(byte[] bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => bytes;

        public void Dispose() => Array.Fill(bytes, (byte)0xDD);
    }
}
