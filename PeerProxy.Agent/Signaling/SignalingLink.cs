using System.Buffers;
using System.Net.WebSockets;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Agent.Signaling;

/// <summary>One WebSocket to a node: whole messages in and out, and a sign of life while it is quiet.</summary>
internal sealed class SignalingLink(WebSocket socket, TimeProvider time) : IDisposable
{
    private const int FirstBufferBytes = 4096;

    /// <summary>How long a doubted socket may take to answer: several slow round trips and a lost packet. Visitors wait meanwhile.</summary>
    private static readonly TimeSpan DoubtTimeout = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _keepAliveStop = new();
    private readonly TaskCompletionSource _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastReceived = time.GetTimestamp();
    private volatile TaskCompletionSource _doubted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the node asked to move to another one.</summary>
    public Task Draining => _draining.Task;

    /// <summary>When the socket opened, on the clock of the time provider.</summary>
    public long OpenedAt { get; } = time.GetTimestamp();

    /// <summary>Set once another link has taken over: errors and losses of this one are of no interest any more.</summary>
    public bool IsRetired { get; set; }

    public void BeginDrain() => _draining.TrySetResult();

    /// <summary>Asks for a sign of life now: the machine's network has changed, and the socket may be dead without knowing.</summary>
    public void Doubt() => _doubted.TrySetResult();

    /// <summary>Reads one message; null at the end of the socket. What cannot be read as a message is skipped.</summary>
    /// <exception cref="WebSocketException">The connection broke.</exception>
    public async ValueTask<SignalingEnvelope?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // No buffer is held while the socket is quiet.
            var part = await socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
            try
            {
                var length = 0;
                while (!part.EndOfMessage && part.MessageType != WebSocketMessageType.Close)
                {
                    if (length == buffer.Length)
                    {
                        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                        buffer.AsSpan(0, length).CopyTo(larger);
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = larger;
                    }
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                    length += part.Count;
                    if (length > SignalingLimits.MaxMessageBytes)
                    {
                        return null;
                    }
                }
                Volatile.Write(ref _lastReceived, time.GetTimestamp());
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }
                if (SignalingCodec.TryRead(buffer.AsSpan(0, length), out var envelope, out _))
                {
                    return envelope;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Sends one message.</summary>
    /// <returns>False when the socket is not open any more.</returns>
    public async ValueTask<bool> SendAsync(SignalingEnvelope envelope, CancellationToken cancellationToken)
    {
        var bytes = SignalingCodec.Write(envelope);
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (socket.State != WebSocketState.Open)
            {
                return false;
            }
            await socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The reading side reports the loss.
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Pings when the socket is quiet and aborts it when no answer comes; ends with the link.</summary>
    public async Task KeepAliveAsync(TimeSpan pingInterval, TimeSpan pongTimeout)
    {
        try
        {
            while (true)
            {
                var quiet = time.GetElapsedTime(Volatile.Read(ref _lastReceived));
                var patience = pongTimeout;
                if (_doubted.Task.IsCompleted)
                {
                    _doubted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    patience = DoubtTimeout;
                }
                else if (quiet < pingInterval)
                {
                    await WaitAsync(pingInterval - quiet).ConfigureAwait(false);
                    continue;
                }
                // A send that blocks on a dead connection must not keep the verdict waiting.
                var asked = time.GetTimestamp();
                var ping = SendAsync(new SignalingEnvelope(new PingPayload()), _keepAliveStop.Token).AsTask();
                await Task.Delay(patience, time, _keepAliveStop.Token).ConfigureAwait(false);
                if (Volatile.Read(ref _lastReceived) < asked)
                {
                    socket.Abort();
                    return;
                }
                await ping.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The link was closed.
        }
    }

    /// <summary>Waits for the time, or until <see cref="Doubt"/>.</summary>
    private async Task WaitAsync(TimeSpan delay)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_keepAliveStop.Token);
        await Task.WhenAny(Task.Delay(delay, time, enough.Token), _doubted.Task).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        _keepAliveStop.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Says goodbye without waiting for the peer's close.</summary>
    public async Task CloseAsync(TimeSpan deadline)
    {
        _keepAliveStop.Cancel();
        using var limit = new CancellationTokenSource(deadline, time);
        try
        {
            await _sending.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token).ConfigureAwait(false);
                }
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or IOException or InvalidOperationException or OperationCanceledException)
        {
            socket.Abort();
        }
    }

    public void Dispose()
    {
        _keepAliveStop.Cancel();
        socket.Dispose();
    }
}
