namespace PeerProxy.WebRtc.Dtls;

/// <summary>A small bounded pool of threads on which handshakes do their public-key work and wait for the peer. Thread-safe.</summary>
/// <param name="isLockstep">True makes each endpoint wait for its handshake thread in every call: repeatable simulations in virtual time.</param>
public sealed class DtlsHandshakeThreads(bool isLockstep = false)
{
    /// <summary>Each handshake in progress holds one thread, mostly asleep: 128 cost little and serve some hundred visitors per second.</summary>
    public const int MaxConcurrent = 128;

    /// <summary>Handshakes that may wait for a thread; more than that is an attack, and further ones fail at once.</summary>
    public const int MaxWaiting = 512;

    /// <summary>BouncyCastle's handshake is shallow; the default of 8 MB (1.5 MB on other systems) would be waste.</summary>
    private const int StackBytes = 512 * 1024;

    private readonly object _gate = new();
    private readonly Queue<Action> _waiting = new();
    private int _running;

    internal bool IsLockstep => isLockstep;

    /// <summary>Threads in use.</summary>
    internal int Running
    {
        get
        {
            lock (_gate)
            {
                return _running;
            }
        }
    }

    /// <summary>False when too many handshakes are waiting.</summary>
    internal bool TryRun(Action handshake)
    {
        lock (_gate)
        {
            if (_running >= MaxConcurrent)
            {
                if (_waiting.Count >= MaxWaiting)
                {
                    return false;
                }

                _waiting.Enqueue(handshake);
                return true;
            }

            _running++;
        }

        new Thread(() => Work(handshake), StackBytes) { IsBackground = true, Name = "DTLS handshake" }.Start();
        return true;
    }

    private void Work(Action first)
    {
        var next = first;
        while (true)
        {
            next();
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out next!))
                {
                    _running--;
                    return;
                }
            }
        }
    }
}
