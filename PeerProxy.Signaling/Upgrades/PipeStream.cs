using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>A connection's two pipes as the stream that a WebSocket reads and writes.</summary>
/// <remarks>A read into an empty buffer completes when there is something to read, and holds nothing until then.</remarks>
internal sealed class PipeStream(IDuplexPipe pipe) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        pipe.Input.TryRead(out var result) ? new(Take(result, buffer)) : WaitAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var write = pipe.Output.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? Check(write.Result) : CheckAsync(write);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        Take(await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false), buffer);

    private int Take(in ReadResult result, Memory<byte> buffer)
    {
        var available = result.Buffer;
        if (result.IsCanceled)
        {
            pipe.Input.AdvanceTo(available.Start);
            throw new OperationCanceledException();
        }
        var length = (int)Math.Min(available.Length, buffer.Length);
        var taken = available.Slice(0, length);
        taken.CopyTo(buffer.Span);
        // From here on the bytes are the pipe's again.
        pipe.Input.AdvanceTo(taken.End);
        return length;
    }

    private static async ValueTask CheckAsync(ValueTask<FlushResult> write) => await Check(await write.ConfigureAwait(false)).ConfigureAwait(false);

    private static ValueTask Check(in FlushResult result) =>
        result.IsCompleted || result.IsCanceled ? ValueTask.FromException(new IOException("The connection is closed.")) : ValueTask.CompletedTask;
}
