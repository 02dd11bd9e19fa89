using System.Net.WebSockets;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Connections;

internal sealed partial class SignalingConnection
{
    private readonly Lock _gate = new();
    private Queue<ReadOnlyMemory<byte>>? _queue;
    private int _queuedBytes;
    private bool _isSending;
    private Task _sender = Task.CompletedTask;
    private WebSocketCloseStatus? _closeStatus;
    private string? _closeReason;
    private bool _isAborted;
    private long _sendStarted;
    private long _closingSince;

    /// <summary>Raised once when the socket is cut off, with the reason's name.</summary>
    public Action<SignalingConnection, CutOffReason>? CutOff { get; init; }

    /// <summary>Whether a close was asked for; nothing is queued or handled after it.</summary>
    public bool IsClosing
    {
        get
        {
            lock (_gate)
            {
                return _closeStatus is not null || _isAborted;
            }
        }
    }

    /// <summary>Queues a message.</summary>
    /// <returns>False when the socket is closing, or is cut off because it reads too slowly.</returns>
    public bool Send(SignalingPayload payload) => Send(SignalingCodec.Write(new SignalingEnvelope(payload)));

    /// <inheritdoc cref="Send(SignalingPayload)"/>
    public bool Send(ReadOnlyMemory<byte> message)
    {
        bool isFull;
        lock (_gate)
        {
            if (_closeStatus is not null || _isAborted)
            {
                return false;
            }
            _queue ??= new Queue<ReadOnlyMemory<byte>>();
            isFull = _queue.Count >= _limits.SendQueueMessages || _queuedBytes + message.Length > _limits.SendQueueBytes;
            if (!isFull)
            {
                _queue.Enqueue(message);
                _queuedBytes += message.Length;
                if (_isSending)
                {
                    return true;
                }
                _isSending = true;
                _sendStarted = _time.GetTimestamp();
            }
        }
        if (isFull)
        {
            Abort(CutOffReason.SlowConsumer);
            return false;
        }
        StartSending();
        return true;
    }

    /// <summary>Raised when a message is answered with an error.</summary>
    public Action<SignalingErrorCode>? Refused { get; init; }

    /// <summary>Answers a message with an error of this code.</summary>
    public void Refuse(SignalingErrorCode code, string? about = null)
    {
        Refused?.Invoke(code);
        Send(ErrorPayload.Of(code, about));
    }

    /// <summary>Sends what is queued, then a close frame.</summary>
    public void Close(WebSocketCloseStatus status, string? reason)
    {
        lock (_gate)
        {
            if (_closeStatus is not null || _isAborted)
            {
                return;
            }
            _closeStatus = status;
            _closeReason = reason;
            _closingSince = _time.GetTimestamp();
            if (_isSending)
            {
                return;
            }
            _isSending = true;
            _sendStarted = _closingSince;
        }
        StartSending();
    }

    /// <summary>Cuts the connection now.</summary>
    public void Abort(CutOffReason reason)
    {
        lock (_gate)
        {
            if (_isAborted)
            {
                return;
            }
            _isAborted = true;
            _queue = null;
            _queuedBytes = 0;
        }
        CutOff?.Invoke(this, reason);
        _abort();
    }

    /// <summary>Waits until nothing uses the socket any more, and disposes of it.</summary>
    public async ValueTask FinishAsync()
    {
        Task sender;
        lock (_gate)
        {
            _closeStatus ??= WebSocketCloseStatus.NormalClosure;
            sender = _sender;
        }
        await sender.WaitAsync(_limits.CloseTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
    }

    /// <summary>Sends on the caller's thread what the connection takes at once, which is nearly always all: writing never waits for the client.</summary>
    private void StartSending()
    {
        var sender = SendQueuedAsync();
        if (!sender.IsCompleted)
        {
            lock (_gate)
            {
                if (_isSending)
                {
                    _sender = sender;
                }
            }
        }
    }

    /// <summary>Sends until the queue is empty; one at a time per socket. Never throws.</summary>
    private async Task SendQueuedAsync()
    {
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> next;
                WebSocketCloseStatus closeStatus;
                lock (_gate)
                {
                    if (_isAborted)
                    {
                        return;
                    }
                    _sendStarted = _time.GetTimestamp();
                    if (_queue is { Count: > 0 })
                    {
                        next = _queue.Dequeue();
                        _queuedBytes -= next.Length;
                        closeStatus = default;
                    }
                    else if (_closeStatus is { } status)
                    {
                        // _isSending stays true: nothing is sent after a close frame.
                        next = default;
                        closeStatus = status;
                    }
                    else
                    {
                        // An idle socket keeps no queue, and not this task.
                        _queue = null;
                        _sender = Task.CompletedTask;
                        _isSending = false;
                        return;
                    }
                }
                if (closeStatus != default)
                {
                    if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                    {
                        await _socket.CloseOutputAsync(closeStatus, _closeReason, CancellationToken.None).ConfigureAwait(false);
                    }
                    lock (_gate)
                    {
                        _sendStarted = long.MaxValue;
                    }
                    return;
                }
                await _socket.SendAsync(next, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            Abort(CutOffReason.Lost);
        }
    }
}
