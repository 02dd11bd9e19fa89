using System.Net.WebSockets;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Connections;

internal sealed partial class SignalingConnection
{
    private Queue<ReadOnlyMemory<byte>>? _queue;
    private int _queuedBytes;
    private bool _isSending;
    private Task _sender = Task.CompletedTask;
    private Closing? _closing;
    private bool _isAborted;
    private long _sendStarted;

    /// <summary>Whether a close was asked for; nothing is queued or handled after it.</summary>
    public bool IsClosing
    {
        get
        {
            lock (this)
            {
                return _closing is not null || _isAborted;
            }
        }
    }

    /// <summary>Queues a message.</summary>
    /// <returns>False when the socket is closing, or is cut off because it reads too slowly.</returns>
    public bool Send(SignalingPayload payload) => Send(SignalingCodec.Write(new SignalingEnvelope(payload)));

    /// <inheritdoc cref="Send(SignalingPayload)"/>
    public bool Send(ReadOnlyMemory<byte> message)
    {
        var isFull = false;
        lock (this)
        {
            if (_closing is not null || _isAborted)
            {
                return false;
            }
            if (!_isSending)
            {
                _isSending = true;
                _sendStarted = _terms.Time.GetTimestamp();
            }
            else
            {
                _queue ??= new Queue<ReadOnlyMemory<byte>>();
                if (_queue.Count < _terms.Limits.SendQueueMessages && _queuedBytes + message.Length <= _terms.Limits.SendQueueBytes)
                {
                    _queue.Enqueue(message);
                    _queuedBytes += message.Length;
                    return true;
                }
                isFull = true;
            }
        }
        if (isFull)
        {
            Abort(CutOffReason.SlowConsumer);
            return false;
        }
        StartSending(message, closing: null);
        return true;
    }

    /// <summary>Answers a message with an error of this code.</summary>
    public void Refuse(SignalingErrorCode code, string? about = null)
    {
        _terms.Refused(code);
        Send(ErrorPayload.Of(code, about));
    }

    /// <summary>Sends what is queued, then a close frame.</summary>
    public void Close(WebSocketCloseStatus status, string? reason)
    {
        lock (this)
        {
            if (_closing is not null || _isAborted)
            {
                return;
            }
            _closing = new Closing(status, reason, _terms.Time.GetTimestamp());
            if (_isSending)
            {
                return;
            }
            _isSending = true;
            _sendStarted = _closing.Since;
        }
        StartSending(default, _closing);
    }

    /// <summary>Cuts the connection now.</summary>
    public void Abort(CutOffReason reason)
    {
        lock (this)
        {
            if (_isAborted)
            {
                return;
            }
            _isAborted = true;
            _queue = null;
            _queuedBytes = 0;
        }
        _terms.CutOff(this, reason);
        if (_abort is null)
        {
            _socket.Abort();
        }
        else
        {
            _abort();
        }
    }

    /// <summary>Waits until nothing uses the socket any more, and disposes of it.</summary>
    public async ValueTask FinishAsync()
    {
        Task sender;
        lock (this)
        {
            _closing ??= new Closing(WebSocketCloseStatus.NormalClosure, null, _terms.Time.GetTimestamp());
            sender = _sender;
        }
        await sender.WaitAsync(_terms.Limits.CloseTimeout, _terms.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
    }

    /// <summary>Sends on the caller's thread what the connection takes at once, which is nearly always all: writing never waits for the client.</summary>
    private void StartSending(ReadOnlyMemory<byte> message, Closing? closing)
    {
        var sender = SendAllAsync(message, closing);
        if (!sender.IsCompleted)
        {
            lock (this)
            {
                if (_isSending)
                {
                    _sender = sender;
                }
            }
        }
    }

    /// <summary>Sends a message or a close frame, then until the queue is empty; one at a time per socket. Never throws.</summary>
    private async Task SendAllAsync(ReadOnlyMemory<byte> message, Closing? closing)
    {
        try
        {
            do
            {
                if (closing is null)
                {
                    await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).ConfigureAwait(false);
                }
                else if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    await _socket.CloseOutputAsync(closing.Status, closing.Reason, CancellationToken.None).ConfigureAwait(false);
                }
            }
            while (TryTakeNext(isClosed: closing is not null, out message, out closing));
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            Abort(CutOffReason.Lost);
        }
    }

    /// <summary>What is sent next: a queued message, or the close frame after all of them.</summary>
    private bool TryTakeNext(bool isClosed, out ReadOnlyMemory<byte> message, out Closing? closing)
    {
        message = default;
        closing = null;
        lock (this)
        {
            if (isClosed)
            {
                // _isSending stays true: nothing is sent after a close frame.
                _sendStarted = long.MaxValue;
                return false;
            }
            if (_isAborted)
            {
                return false;
            }
            _sendStarted = _terms.Time.GetTimestamp();
            if (_queue is { Count: > 0 })
            {
                message = _queue.Dequeue();
                _queuedBytes -= message.Length;
                return true;
            }
            if (_closing is not null)
            {
                closing = _closing;
                return true;
            }
            // An idle socket keeps no queue, and not this task.
            _queue = null;
            _sender = Task.CompletedTask;
            _isSending = false;
            return false;
        }
    }

    /// <summary>A close that was asked for.</summary>
    private sealed record Closing(WebSocketCloseStatus Status, string? Reason, long Since);
}
