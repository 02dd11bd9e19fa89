using System.Diagnostics;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Tunnel;

/// <summary>The tunnel protocol on a pair of data channels: streams, their order, credit, resets, heartbeats. Serves both roles.</summary>
/// <remarks>
/// Two readers (one per channel) and two writers run from <see cref="Start"/> to the end; all state is guarded by one lock, which is never held
/// over an await or a callback. Memory is bounded by credit, <see cref="TunnelLimits"/> and <see cref="TunnelStream.SendQueueBytes"/> per stream. A peer that breaks a rule ends
/// this connection and nothing else.
/// </remarks>
public sealed partial class TunnelConnection : IAsyncDisposable
{
    private readonly IDataChannel _control;
    private readonly IDataChannel _streamsChannel;
    private readonly TunnelRole _role;
    private readonly TunnelConnectionOptions _options;
    private readonly Dictionary<uint, TunnelStream> _streams = [];
    private readonly InboundControl? _inboundControl;
    private readonly StreamNumbers _numbers = new();
    private readonly TaskCompletionSource<TunnelEnd> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    /// <summary>Stops the writers a moment after the end, so that a GOAWAY can still reach the channel.</summary>
    private readonly CancellationTokenSource _writersStopped;
    private TunnelSettings _peerSettings = TunnelSettings.Default;
    private TunnelEnd? _end;
    private Task _loops = Task.CompletedTask;
    private ITimer? _timer;

    /// <summary>Streams above this number are refused, or (visitor) cannot be opened; null: no GOAWAY yet.</summary>
    private uint? _lastServed;

    public TunnelConnection(IDataChannel control, IDataChannel streams, TunnelRole role, TunnelConnectionOptions options)
    {
        _control = control;
        _streamsChannel = streams;
        _role = role;
        _options = options;
        _inboundControl = options.ControlReceived is { } received ? new InboundControl(received) : null;
        _writersStopped = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.TimeProvider);
        _sendCredit = new SendCredit(_peerSettings.InitialConnectionCredit);
        _receiveCredit = new ReceiveCredit(options.Settings.InitialConnectionCredit);
        _streamSlots = new SemaphoreSlim((int)_peerSettings.MaxStreams);
    }

    /// <summary>Completes (never faults) when the connection is over, for whatever reason. The channels are not closed by it.</summary>
    public Task<TunnelEnd> Completion => _completion.Task;

    public TunnelSettings LocalSettings => _options.Settings;

    /// <summary>Streams open now.</summary>
    public int OpenStreams
    {
        get
        {
            lock (Gate)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>Bytes received and not yet consumed; never above the connection's window.</summary>
    public long HeldBytes
    {
        get
        {
            lock (Gate)
            {
                return _receiveCredit.Held;
            }
        }
    }

    internal Lock Gate { get; } = new();

    /// <summary>64 KiB frames for a stream alone on the connection, 16 KiB when others want their turn; less on a path that takes long for so much.</summary>
    internal int PreferredPayloadBytes =>
        Math.Min(_streams.Count <= 1 ? TunnelLimits.MaxPayloadBytes : TunnelLimits.PreferredPayloadBytes, _streamsChannel.PreferredMessageBytes - FrameHeader.Size);

    /// <summary>Sends SETTINGS and starts the loops.</summary>
    public void Start()
    {
        _lastReceived = _options.TimeProvider.GetTimestamp();
        lock (Gate)
        {
            var settings = OutboundFrame.Rent(TunnelSettings.EncodedSize);
            _options.Settings.Write(settings.Payload.Span);
            QueueControl(settings, FrameType.Settings, 0, TunnelSettings.EncodedSize);
            _timer = _options.TimeProvider.CreateTimer(_ => CheckHeartbeat(), null, HeartbeatCheck, HeartbeatCheck);
        }

        _loops = Task.WhenAll(
            Task.Run(() => RunReaderAsync(_control)),
            Task.Run(() => RunReaderAsync(_streamsChannel)),
            Task.Run(RunControlWriterAsync),
            Task.Run(RunStreamWriterAsync));
    }

    /// <summary>Takes frames from a further channel too (docs/protocol.md, section 8). Its end is the end of the connection: what was on its way is lost.</summary>
    public void AddLane(IDataChannel lane) => _ = Task.Run(() => RunReaderAsync(lane));

    /// <summary>Opens no more streams, lets the open ones finish for at most <paramref name="grace"/>, then ends.</summary>
    public async Task ShutdownAsync(TunnelErrorCode code, string reason, TimeSpan grace)
    {
        lock (Gate)
        {
            if (_end is null && _lastServed is null)
            {
                _lastServed = _numbers.Highest;
                QueueGoAway(code, reason);
                SignalWhenIdle();
            }
        }

        try
        {
            await Task.WhenAny(_idle.Task, _completion.Task).WaitAsync(grace, _options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The streams had their time.
        }

        End(new TunnelEnd(code, reason, ByPeer: false), announce: false);
        await Completion.ConfigureAwait(false);
    }

    /// <summary>Ends the connection because of what the peer sent, or because of a failure here: GOAWAY, then the end.</summary>
    public void Fail(TunnelErrorCode code, string reason) => End(new TunnelEnd(code, reason, ByPeer: false), announce: true);

    public async ValueTask DisposeAsync()
    {
        End(new TunnelEnd(TunnelErrorCode.GoingAway, "The connection was disposed.", ByPeer: false), announce: false);
        await Completion.ConfigureAwait(false);
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Puts any bytes on the streams channel: what a hostile peer would do.</summary>
    internal ValueTask SendRawForTestAsync(ReadOnlyMemory<byte> message) => _streamsChannel.SendAsync(message);

    /// <summary>Waits for the loops, which end once the channels are closed. For tests and orderly teardown.</summary>
    internal Task LoopsEnded => _loops;

    private void End(TunnelEnd end, bool announce)
    {
        lock (Gate)
        {
            if (_end is not null)
            {
                return;
            }

            _end = end;
            if (announce)
            {
                QueueGoAway(end.Code, end.Reason);
            }

            var failure = new TunnelStreamException(end.Code is TunnelErrorCode.NoError ? TunnelErrorCode.GoingAway : end.Code, end.Reason);
            foreach (var stream in _streams.Values)
            {
                stream.End(failure);
            }

            _streams.Clear();
            _timer?.Dispose();
            _writersStopped.CancelAfter(LastWords);
            _controlSignal.Set();
            _streamSignal.Set();
            if (_loops == Task.CompletedTask)
            {
                _completion.TrySetResult(end);
            }
        }
    }

    private void CloseStream(TunnelStream stream)
    {
        if (_streams.Remove(stream.Id))
        {
            _numbers.Close(stream.Id);
            if (_role == TunnelRole.Visitor)
            {
                _streamSlots.Release();
            }

            SignalWhenIdle();
        }
    }

    private void SignalWhenIdle()
    {
        if (_lastServed is not null && _streams.Count == 0)
        {
            _idle.TrySetResult();
        }
    }

    /// <summary>A loop that fails ends the connection: a closed channel is an orderly end, anything else is ours to log.</summary>
    private void OnLoopFault(Exception exception) =>
        End(
            exception is PeerConnectionException or OperationCanceledException
                ? new TunnelEnd(TunnelErrorCode.NoError, "The data channel was closed.", ByPeer: true)
                : new TunnelEnd(TunnelErrorCode.Internal, exception.GetType().Name + ": " + exception.Message, ByPeer: false),
            announce: exception is not (PeerConnectionException or OperationCanceledException));

    [Conditional("DEBUG")]
    private void AssertLocked() => Debug.Assert(Gate.IsHeldByCurrentThread, "state is guarded by the lock");
}
