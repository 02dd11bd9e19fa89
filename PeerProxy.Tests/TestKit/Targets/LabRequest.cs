namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>What the target saw of one request that carries <c>?id=</c>: its moments can be awaited, its bytes counted.</summary>
public sealed class LabRequest
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytesSent;
    private long _bytesReceived;

    /// <summary>Completes when the request's head has arrived.</summary>
    public Task Started => _started.Task;

    /// <summary>Completes when the client closed the connection before the response was finished.</summary>
    public Task Aborted => _aborted.Task;

    /// <summary>Completes when the handler has returned, however it ended.</summary>
    public Task Completed => _completed.Task;

    /// <summary>Body bytes the operating system took from the target so far.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Body bytes the target has read so far.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    internal void MarkStarted() => _started.TrySetResult();

    internal void MarkAborted() => _aborted.TrySetResult();

    internal void MarkCompleted() => _completed.TrySetResult();

    internal void AddSent(long count) => Interlocked.Add(ref _bytesSent, count);

    internal void AddReceived(long count) => Interlocked.Add(ref _bytesReceived, count);
}
