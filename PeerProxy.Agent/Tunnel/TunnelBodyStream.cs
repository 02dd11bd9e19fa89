using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>Reads the body of a stream's incoming direction; its end is FINAL, anything else is a <see cref="TunnelStreamException"/>.</summary>
/// <param name="announcedBytes">The content-length, which is checked at the end; null when unknown.</param>
/// <param name="isEmpty">FINAL came with the head.</param>
public sealed class TunnelBodyStream(TunnelStream stream, long? announcedBytes, bool isEmpty) : Stream
{
    private InboundFrame? _current;
    private int _offset;
    private long _received;
    private bool _ended = isEmpty;

    /// <summary>What came after the body; empty before its end.</summary>
    public IReadOnlyList<Field> Trailers { get; private set; } = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads what has come, or waits for it. A read that is cancelled ends the stream, as the rest could not be told from what was lost with the read.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            stream.Reset(TunnelErrorCode.Cancelled, "");
            cancellationToken.ThrowIfCancellationRequested();
        }

        while (true)
        {
            if (_current is { } current)
            {
                var rest = current.Payload[_offset..];
                var count = Math.Min(rest.Length, buffer.Length);
                rest[..count].CopyTo(buffer);
                _offset += count;
                if (_offset == current.Payload.Length)
                {
                    _current = null;
                    current.Dispose();
                }

                if (count > 0 || buffer.IsEmpty)
                {
                    return count;
                }
            }

            if (_ended)
            {
                CheckLength();
                return 0;
            }

            var pending = stream.ReadAsync();
            var frame = pending.IsCompleted || !cancellationToken.CanBeCanceled
                ? await pending.ConfigureAwait(false)
                : await OrCancelledAsync(pending, cancellationToken).ConfigureAwait(false);
            _ended = frame.IsFinal;
            if (frame.Type == FrameType.Trailers)
            {
                (Trailers, _ended) = await stream.ReadSectionAsync(frame).ConfigureAwait(false);
                continue;
            }

            _received += frame.Payload.Length;
            _current = frame;
            _offset = 0;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _current is { } current)
        {
            _current = null;
            current.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<InboundFrame> OrCancelledAsync(ValueTask<InboundFrame> pending, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(static stream => ((TunnelStream)stream!).Reset(TunnelErrorCode.Cancelled, ""), stream);
        await using (registration.ConfigureAwait(false))
        {
            try
            {
                return await pending.ConfigureAwait(false);
            }
            catch (TunnelStreamException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    private void CheckLength()
    {
        if (announcedBytes is { } announced && announced != _received)
        {
            throw stream.Reset(TunnelErrorCode.Incomplete, $"{_received} bytes came instead of {announced}.");
        }
    }
}
