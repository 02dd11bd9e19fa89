using System.Runtime.CompilerServices;

namespace PeerProxy.Agent.Forwarding;

/// <summary>A connection to the target that tells an <see cref="UploadWatch"/> when the response starts, and drops writes once the upload is stopped.</summary>
internal sealed class WatchedStream(Stream inner) : Stream
{
    private UploadWatch? _watch;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _watch?.OnResponse(buffer.Span[..count]);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Writes outside an upload (heads of other requests) end the watch of an earlier one.
        _watch = UploadWatch.Current;
        return _watch is null ? inner.WriteAsync(buffer, cancellationToken) : WriteWatchedAsync(_watch, buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        UploadWatch.Current?.Stopped.IsCancellationRequested == true ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask WriteWatchedAsync(UploadWatch watch, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (watch.Stopped.IsCancellationRequested)
        {
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watch.Stopped);
        try
        {
            await inner.WriteAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && watch.Stopped.IsCancellationRequested)
        {
            // The target has answered and does not read any more.
        }
    }
}
