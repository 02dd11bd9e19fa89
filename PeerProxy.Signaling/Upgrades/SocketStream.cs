using System.Net.Sockets;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>A TCP connection as the stream that a WebSocket reads and writes. Owns the socket, which must be a non-blocking one.</summary>
/// <remarks>
/// A read into an empty buffer completes when there is something to read, and holds nothing until then. A write is over at once as long as the system takes it,
/// and needs nothing of its own. A client that sends without a pause, be it frames that say nothing, does not keep the thread to itself.
/// </remarks>
internal sealed class SocketStream(Socket socket) : Stream
{
    // Some 50 KB of what a client sends in a row; then others have a turn.
    private const int ReadsInRow = 32;

    // One message of the largest size; a client that has sent more after the end does not care for what it is told.
    private const int UnreadBytes = SignalingLimits.MaxMessageBytes;

    private int _readsInRow;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        _readsInRow = read.IsCompleted ? _readsInRow + 1 : 0;
        return _readsInRow < ReadsInRow ? read : AfterOthersAsync(read);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var sent = socket.Send(buffer.Span, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success when sent == buffer.Length => ValueTask.CompletedTask,
            SocketError.Success or SocketError.WouldBlock => WriteRestAsync(buffer[sent..], cancellationToken),
            _ => ValueTask.FromException(new SocketException((int)error)),
        };
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            DropUnread();
            socket.Dispose();
        }
        base.Dispose(disposing);
    }

    private async ValueTask<int> AfterOthersAsync(ValueTask<int> read)
    {
        _readsInRow = 0;
        await Task.Yield();
        return await read.ConfigureAwait(false);
    }

    private async ValueTask WriteRestAsync(ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
    }

    /// <summary>The system resets a connection that is closed with something unread, and the client would lose what it was told last.</summary>
    private void DropUnread()
    {
        Span<byte> part = stackalloc byte[1024];
        try
        {
            for (var dropped = 0; dropped < UnreadBytes;)
            {
                var length = socket.Receive(part, SocketFlags.None, out _);
                if (length == 0)
                {
                    return;
                }
                dropped += length;
            }
        }
        catch (ObjectDisposedException)
        {
            // It was closed from elsewhere.
        }
    }
}
