using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.DataChannels;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>The thread-safe face of a data channel.</summary>
internal sealed class HostedChannel : IDataChannel
{
    private readonly HostedConnection _connection;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Bounded by the SCTP receive window, which opens only as messages are taken.
    private readonly Channel<ReceivedMessage> _received =
        Channel.CreateUnbounded<ReceivedMessage>(new UnboundedChannelOptions { SingleWriter = true });

    private long _ahead;
    private long _unacknowledged;
    private volatile bool _isClosing;
    private volatile DataChannel? _inner;

    /// <summary>A channel of ours.</summary>
    public HostedChannel(HostedConnection connection, DataChannelOptions options)
    {
        _connection = connection;
        Options = options;
    }

    /// <summary>A channel the peer opened.</summary>
    public HostedChannel(HostedConnection connection, DataChannel remote)
        : this(
            connection,
            new DataChannelOptions
            {
                Label = remote.Label,
                Protocol = remote.Protocol,
                Ordered = remote.Ordered,
                MaxRetransmits = remote.MaxRetransmits,
                MaxPacketLifeTime = remote.MaxPacketLifeTime,
            }) => Attach(remote);

    public DataChannelOptions Options { get; }

    /// <summary>The channel on the loop; its members may be used there only.</summary>
    public DataChannel? Inner => _inner;

    public string Label => Options.Label;

    public ushort? Id => _inner?.Id ?? Options.NegotiatedId;

    public Task Opened => _opened.Task;

    public Task Closed => _closed.Task;

    public long BufferedAmount => Interlocked.Read(ref _ahead) + Interlocked.Read(ref _unacknowledged);

    public int PreferredMessageBytes => _connection.PreferredMessageBytes;

    public ValueTask SendAsync(ReadOnlyMemory<byte> message, bool isText = false, CancellationToken cancellationToken = default) =>
        SendAsync(message, isText, SctpSendOptions.DefaultUrgency, cancellationToken);

    public ValueTask SendAsync(ReadOnlyMemory<byte> message, byte urgency, CancellationToken cancellationToken = default) =>
        SendAsync(message, isText: false, Options.Ordered ? SctpSendOptions.DefaultUrgency : Math.Min(urgency, SctpSendOptions.LeastUrgent), cancellationToken);

    private ValueTask SendAsync(ReadOnlyMemory<byte> message, bool isText, byte urgency, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_isClosing || _closed.Task.IsCompleted)
        {
            throw new PeerConnectionException($"The data channel '{Label}' is closed.");
        }

        if (message.Length > _connection.MaxMessageSize)
        {
            throw new PeerConnectionException(
                $"A message of {message.Length} bytes is too large: the peer takes {_connection.MaxMessageSize}.");
        }

        var payload = message.Length == 0 ? [] : MessageBuffers.Rent(message.Length);
        message.Span.CopyTo(payload);
        return _connection.EnqueueAsync(new OutgoingMessage(this, payload, message.Length, urgency, isText, IsClose: false), cancellationToken);
    }

    public ValueTask<DataChannelMessage?> ReceiveAsync(CancellationToken cancellationToken = default) =>
        _received.Reader.TryRead(out var message)
            ? ValueTask.FromResult<DataChannelMessage?>(Take(message))
            : WaitForMessageAsync(cancellationToken);

    public async ValueTask CloseAsync()
    {
        if (!_isClosing)
        {
            _isClosing = true;
            await _connection.EnqueueAsync(new OutgoingMessage(this, [], 0, SctpSendOptions.LeastUrgent, IsText: false, IsClose: true), CancellationToken.None)
                .ConfigureAwait(false);
        }

        await _closed.Task.ConfigureAwait(false);
    }

    public void AddAhead(int bytes) => Interlocked.Add(ref _ahead, bytes);

    /// <summary>On the loop.</summary>
    public void Attach(DataChannel inner)
    {
        inner.Tag = this;
        _inner = inner;
    }

    public void RefreshBufferedAmount()
    {
        if (_inner is { } inner && (Interlocked.Read(ref _unacknowledged) | Interlocked.Read(ref _ahead)) != 0 | inner.BufferedAmount != 0)
        {
            Interlocked.Exchange(ref _unacknowledged, inner.BufferedAmount);
        }
    }

    public void OnOpened() => _opened.TrySetResult();

    public void OnMessage(in DataChannelEvent channelEvent)
    {
        if (channelEvent.Payload is { } payload
            && !_received.Writer.TryWrite(new ReceivedMessage(payload, channelEvent.Length, channelEvent.IsText, channelEvent.WindowBytes)))
        {
            payload.Dispose();
            _connection.Release(channelEvent.WindowBytes);
        }
    }

    public void OnClosed()
    {
        _isClosing = true;
        _received.Writer.TryComplete();
        if (_opened.TrySetException(new PeerConnectionException($"The data channel '{Label}' was closed before it opened.")))
        {
            // Whoever does not await it should not be told by the finalizer.
            _ = _opened.Task.Exception;
        }

        _closed.TrySetResult();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<DataChannelMessage?> WaitForMessageAsync(CancellationToken cancellationToken)
    {
        while (await _received.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_received.Reader.TryRead(out var message))
            {
                return Take(message);
            }
        }

        return null;
    }

    private DataChannelMessage Take(in ReceivedMessage message)
    {
        _connection.Release(message.WindowBytes);
        return new DataChannelMessage(message.Payload, message.Length, message.IsText);
    }

    private readonly record struct ReceivedMessage(IMemoryOwner<byte> Payload, int Length, bool IsText, int WindowBytes);
}
