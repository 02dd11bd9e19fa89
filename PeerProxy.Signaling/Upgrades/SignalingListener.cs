using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Telemetry;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>Accepts sockets and looks at what their clients ask for: WebSockets of this node never become connections of the HTTP server, all others do.</summary>
/// <remarks>
/// 1. A socket is accepted and waits, without a buffer, for its first bytes. 2. They are looked at where they are: nothing is taken from the socket.
/// 3. <see cref="UpgradeShortcut"/> opens a WebSocket, or the HTTP server gets the socket as it came. Every client has its own time; none holds up another.
/// </remarks>
internal sealed class SignalingListener : IConnectionListener
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    // Out of memory, or of descriptors all the same: trying again at once would only take the processor from those that may free some.
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    // A shortage lasts, and comes and goes with every socket.
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMinutes(1);

    private readonly long _firstSpare = OpenFiles.FirstSpare();
    private readonly Socket _listening;
    private readonly SocketConnectionContextFactory _connections;
    private readonly Channel<ConnectionContext> _forServer = Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly UndecidedSockets _undecided;
    private readonly UpgradeShortcut _shortcut;
    private readonly SignalingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly SocketTransportOptions _options;
    private readonly ILogger _logger;
    private readonly ITimer _sweep;
    private readonly Task _accepting;
    private long _reportedAt;

    /// <exception cref="AddressInUseException">Somebody else has the address.</exception>
    public SignalingListener(
        EndPoint endPoint, UpgradeShortcut shortcut, NodeLimits limits, SignalingMetrics metrics, TimeProvider time, SocketTransportOptions options, ILogger logger)
    {
        _shortcut = shortcut;
        _metrics = metrics;
        _time = time;
        _options = options;
        _logger = logger;
        _undecided = new UndecidedSockets(limits.UndecidedSockets, limits.FirstMessage, time);
        _connections = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                IOQueueCount = options.IOQueueCount,
                MaxReadBufferSize = options.MaxReadBufferSize,
                MaxWriteBufferSize = options.MaxWriteBufferSize,
                UnsafePreferInlineScheduling = options.UnsafePreferInlineScheduling,
                WaitForDataBeforeAllocatingBuffer = options.WaitForDataBeforeAllocatingBuffer,
            },
            logger);
        try
        {
            _listening = options.CreateBoundListenSocket(endPoint);
            _listening.Listen(options.Backlog);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            _listening?.Dispose();
            throw new AddressInUseException(e.Message, e);
        }
        EndPoint = _listening.LocalEndPoint!;
        // Nothing of whoever starts the server goes along with its sockets.
        using (ExecutionContext.SuppressFlow())
        {
            _sweep = time.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
            _accepting = Task.Run(AcceptAllAsync);
        }
    }

    public EndPoint EndPoint { get; }

    /// <summary>The next connection for the HTTP server; null once the listener is unbound.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _forServer.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_forServer.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }
        return null;
    }

    /// <summary>Accepts nobody any more and closes sockets that have said nothing yet. Open WebSockets stay.</summary>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listening.Dispose();
        await _accepting.ConfigureAwait(false);
        await _sweep.DisposeAsync().ConfigureAwait(false);
        _undecided.CloseAll();
        _forServer.Writer.TryComplete();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        _connections.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listening.AcceptAsync(_stop.Token).ConfigureAwait(false);
                if (socket.Handle >= _firstSpare)
                {
                    // Clients have all descriptors that are for them. Whoever waits longest without a word makes room for the next one.
                    socket.Dispose();
                    _undecided.CloseOldest();
                    _metrics.Rejected("descriptors");
                    ReportShortage(new SocketException((int)SocketError.TooManyOpenSockets));
                    continue;
                }
                var place = _undecided.Add(socket, out var isCrowded);
                if (isCrowded)
                {
                    _metrics.Rejected("undecided");
                }
                // A client that has much to say at once must not keep the next one waiting.
                ThreadPool.UnsafeQueueUserWorkItem(static accepted => _ = accepted.Listener.DecideAsync(accepted.Place), (Listener: this, Place: place), preferLocal: false);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // A client that left before it was accepted, or the end of the listener: the loop's condition knows which.
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                // The end of the listener.
            }
            catch (Exception e)
            {
                ReportShortage(e);
                await Task.Delay(AcceptPause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for what one client says first and gives its socket to whom it may concern; this part's state is gone after that. Never throws.</summary>
    private async Task DecideAsync(LinkedListNode<(Socket Socket, long Since)> place)
    {
        var socket = place.Value.Socket;
        try
        {
            socket.NoDelay = _options.NoDelay;
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
            if (!_undecided.TryRemove(place))
            {
                return;
            }
            if (!_shortcut.TryServe(socket))
            {
                var connection = _connections.Create(socket);
                if (!_forServer.Writer.TryWrite(connection))
                {
                    connection.Abort();
                    await connection.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            // The client went away, or was closed while it said nothing; anything else is a fault of ours.
            if (e is not (SocketException or ObjectDisposedException))
            {
                SignalingLog.Failed(_logger, e);
            }
            _undecided.TryRemove(place);
            socket.Dispose();
        }
    }

    private void ReportShortage(Exception reason)
    {
        if (_reportedAt == 0 || _time.GetElapsedTime(_reportedAt) >= ReportInterval)
        {
            _reportedAt = _time.GetTimestamp();
            SignalingLog.CannotAccept(_logger, reason.Message);
        }
    }

    private void Sweep()
    {
        for (var closed = _undecided.CloseSilent(); closed > 0; closed--)
        {
            _metrics.Rejected("silent");
        }
    }
}
