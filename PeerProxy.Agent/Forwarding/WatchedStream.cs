namespace PeerProxy.Agent.Forwarding;

/// <summary>A connection to the target that tells an <see cref="UploadWatch"/> when the response starts, and drops writes once the upload is stopped. Other traffic passes through untouched.</summary>
internal sealed class WatchedStream(Stream inner) : Stream
{
    /// <summary>Enough for a status line and more; the rest is read as usual.</summary>
    private const int ReadAheadBytes = 4096;

    private Task<ArraySegment<byte>>? _readAhead;
    private ArraySegment<byte> _readAheadRest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _readAhead is null && _readAheadRest.Count == 0
            ? inner.ReadAsync(buffer, cancellationToken)
            : ReadAfterReadAheadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (UploadWatch.Current is not { } watch)
        {
            return inner.WriteAsync(buffer, cancellationToken);
        }

        // The handler reads only after the whole request is sent; somebody has to look before.
        _readAhead ??= ReadAheadAsync(watch);
        return WriteWatchedAsync(watch, buffer, cancellationToken);
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

    private async Task<ArraySegment<byte>> ReadAheadAsync(UploadWatch watch)
    {
        var buffer = new byte[ReadAheadBytes];
        var count = await inner.ReadAsync(buffer).ConfigureAwait(false);
        watch.OnResponse(buffer.AsSpan(0, count));
        return new ArraySegment<byte>(buffer, 0, count);
    }

    private async ValueTask<int> ReadAfterReadAheadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_readAhead is { } pending)
        {
            _readAheadRest = await pending.WaitAsync(cancellationToken).ConfigureAwait(false);
            _readAhead = null;
        }

        var count = Math.Min(buffer.Length, _readAheadRest.Count);
        _readAheadRest[..count].AsSpan().CopyTo(buffer.Span);
        _readAheadRest = _readAheadRest[count..];
        return count;
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
