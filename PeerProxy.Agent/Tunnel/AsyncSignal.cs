using System.Threading.Tasks.Sources;

namespace PeerProxy.Agent.Tunnel;

/// <summary>An auto-reset event for one waiter at a time that allocates nothing per wait.</summary>
/// <remarks>A signal set while nobody waits is kept, once. Continuations run on the thread pool, so <see cref="Set"/> may be called under a lock.</remarks>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _isSet;
    private bool _isWaiting;

    public ValueTask WaitAsync()
    {
        lock (_gate)
        {
            if (_isWaiting)
            {
                throw new InvalidOperationException("Only one caller may wait at a time.");
            }

            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }

            _isWaiting = true;
            _core.Reset();
            return new ValueTask(this, _core.Version);
        }
    }

    public void Set()
    {
        lock (_gate)
        {
            if (!_isWaiting)
            {
                _isSet = true;
                return;
            }

            _isWaiting = false;
        }

        _core.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
