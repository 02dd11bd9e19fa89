namespace PeerProxy.Agent.Tunnel;

/// <summary>Hands CONTROL messages on in the order they came, one at a time, on the thread pool: a candidate must not overtake its offer, nor a cookie the one before it.</summary>
internal sealed class InboundControl(Action<ReadOnlyMemory<byte>> handle) : IThreadPoolWorkItem
{
    /// <summary>What may wait. A page's cookies and the candidates of all lanes are far below; beyond it messages are dropped, as they are hints (docs/protocol.md section 1).</summary>
    public const int MaxWaitingBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _waiting = new();
    private int _waitingBytes;
    private bool _isRunning;

    /// <summary>Takes a copy of the message.</summary>
    /// <returns>False when it was dropped.</returns>
    public bool TryAdd(ReadOnlySpan<byte> json)
    {
        lock (_gate)
        {
            if (_waitingBytes + json.Length > MaxWaitingBytes)
            {
                return false;
            }

            _waiting.Enqueue(json.ToArray());
            _waitingBytes += json.Length;
            if (_isRunning)
            {
                return true;
            }

            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    public void Execute()
    {
        while (true)
        {
            byte[] next;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out next!))
                {
                    _isRunning = false;
                    return;
                }

                _waitingBytes -= next.Length;
            }

            handle(next);
        }
    }
}
