using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.NetworkInformation;
using PeerProxy.WebRtc.Hosting.Servers;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>The one thread that owns sockets, clock and all connections: nothing under it needs a lock.</summary>
/// <remarks>
/// Each turn: commands of other threads, received datagrams, due timers, then every connection touched so far is drained once, and the
/// bursts collected in the ports go out together.
/// </remarks>
internal sealed class TransportLoop : IDatagramSink, IDisposable
{
    private readonly PortSet _ports;
    private readonly LoopWaiter _waiter = new();
    private readonly DeadlineHeap<HostedConnection> _deadlines = new();
    private readonly StrangerLimit _strangers = new();
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly ConcurrentQueue<HostedConnection> _scheduled = new();
    private readonly List<HostedConnection> _dirty = [];
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly Thread _thread;
    private volatile bool _isStopping;

    /// <exception cref="System.Net.Sockets.SocketException">A port or address cannot be used.</exception>
    public TransportLoop(WebRtcTransportOptions options)
    {
        try
        {
            _ports = new PortSet(options);
        }
        catch
        {
            _waiter.Dispose();
            throw;
        }

        _waiter.SetPorts(_ports);
        HostCandidates = _ports.GatherHosts();
        Servers = new IceServerPool(this, options.TurnCertificateValidation);
        Servers.Changed += OnServersChanged;
        Names = new MulticastPort(this);
        _thread = new Thread(Run) { IsBackground = true, Name = "WebRTC transport" };
    }

    public PortDemultiplexer Demultiplexer { get; } = new();

    /// <summary>Host candidates of the open ports; changes with the machine's addresses.</summary>
    public IReadOnlyList<IceCandidate> HostCandidates { get; private set; }

    public PortSet Ports => _ports;

    public SendBudget SendBudget { get; } = new();

    /// <summary>STUN and TURN servers in use.</summary>
    public IceServerPool Servers { get; }

    /// <summary>Finds the addresses behind browsers' ".local" names.</summary>
    public MulticastPort Names { get; }

    /// <summary>Something threw on the loop that should not have; the connection it concerned was ended. Raised on the loop.</summary>
    public event Action<Exception>? Broken;

    /// <summary>The instant this turn works with.</summary>
    public Timestamp Now { get; private set; }

    public bool IsLoopThread => Environment.CurrentManagedThreadId == _thread.ManagedThreadId;

    public void Start()
    {
        Now = ReadClock();
        _thread.Start();
        NetworkChange.NetworkAddressChanged += OnAddressesChanged;
    }

    /// <summary>Runs something on the loop thread soon. Thread-safe.</summary>
    public void Post(Action command)
    {
        _commands.Enqueue(command);
        _waiter.Wake();
    }

    /// <summary>Runs something on the loop thread and gives its outcome. Thread-safe.</summary>
    public Task<T> InvokeAsync<T>(Func<T> command)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                completion.SetResult(command());
            }
#pragma warning disable CA1031 // Whatever the command throws belongs to its caller, not to the loop.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    /// <summary>Has the connection looked at in the next turn. Thread-safe; the caller makes sure not to repeat it needlessly.</summary>
    public void Schedule(HostedConnection connection)
    {
        _scheduled.Enqueue(connection);
        _waiter.Wake();
    }

    /// <summary>On the loop: have the connection drained in this turn.</summary>
    public void MarkDirty(HostedConnection connection)
    {
        if (!connection.IsDirty)
        {
            connection.IsDirty = true;
            _dirty.Add(connection);
        }
    }

    public void Forget(HostedConnection connection)
    {
        _deadlines.Remove(connection);
        Demultiplexer.Remove(connection);
    }

    /// <summary>Sends one datagram, or drops it when its base is gone.</summary>
    public void Send(int baseId, ReadOnlySpan<byte> datagram, in TransportAddress remote)
    {
        if ((uint)baseId < (uint)_ports.Count)
        {
            datagram.CopyTo(_ports[baseId].Reserve());
            _ports[baseId].Commit(datagram.Length, remote);
        }
        else if (baseId >= IceServerPool.FirstRelayBase)
        {
            Servers.SendToPeer(baseId, datagram, remote, Now);
        }
    }

    public void OnDatagram(ReadOnlySpan<byte> datagram, int baseId, in TransportAddress remote)
    {
        if (datagram.IsEmpty)
        {
            return;
        }

        // On a busy machine this thread may have waited since the turn began, longer than the round trip it is to measure.
        Now = ReadClock();
        if (datagram[0] is <= 3 or (>= 64 and <= 79) && Servers.IsServer(remote) && Servers.Handle(datagram, remote, Now))
        {
            return;
        }

        if (datagram[0] <= 3)
        {
            OnStun(datagram, baseId, remote);
        }
        else if (Demultiplexer.FindBound(baseId, remote) is { } connection)
        {
            try
            {
                connection.Peer.Handle(datagram, baseId, remote, Now);
                connection.Transmit(Now);
                MarkDirty(connection);
            }
#pragma warning disable CA1031 // One peer's trouble must not end the loop of all the others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                OnBroken(connection, exception);
            }
        }
    }

    /// <summary>Stops the thread and closes the sockets; connections must be closed before.</summary>
    public void Dispose()
    {
        NetworkChange.NetworkAddressChanged -= OnAddressesChanged;
        _isStopping = true;
        _waiter.Wake();
        if (_thread.IsAlive && !IsLoopThread)
        {
            _thread.Join();
        }

        // Tells the TURN servers; the thread is gone, so nothing runs beside this.
        Servers.Dispose();
        Names.Dispose();
        _ports.Dispose();
        _waiter.Dispose();
    }

    private void OnStun(ReadOnlySpan<byte> datagram, int baseId, in TransportAddress remote)
    {
        if (!StunMessageReader.TryParse(datagram, out var message))
        {
            return;
        }

        if (message.Class == StunClass.Request)
        {
            var connection = Demultiplexer.FindByFragment(message);
            if (connection is null)
            {
                return;
            }

            var isKnown = Demultiplexer.FindBound(baseId, remote) == connection;
            if (isKnown || _strangers.TryTake(remote, Now))
            {
                Deliver(connection, datagram, baseId, remote);
            }

            return;
        }

        foreach (var claimant in Demultiplexer.FindClaimants(baseId, remote))
        {
            if (Deliver(claimant, datagram, baseId, remote))
            {
                return;
            }
        }
    }

    private bool Deliver(HostedConnection connection, ReadOnlySpan<byte> datagram, int baseId, in TransportAddress remote)
    {
        try
        {
            if (!connection.Peer.Handle(datagram, baseId, remote, Now))
            {
                return false;
            }

            Demultiplexer.Bind(connection, baseId, remote);
            MarkDirty(connection);
        }
#pragma warning disable CA1031 // One peer's trouble must not end the loop of all the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OnBroken(connection, exception);
        }

        return true;
    }

    private void OnBroken(HostedConnection connection, Exception exception)
    {
        connection.Break();
        Broken?.Invoke(exception);
    }

    private void Run()
    {
        while (!_isStopping)
        {
            Now = ReadClock();
            RunCommands();
            var hasMore = _ports.ReceiveAll(this);
            while (_scheduled.TryDequeue(out var connection))
            {
                // What was posted for a connection before it was scheduled (its making, for one) comes first.
                RunCommands();
                if (!connection.IsForgotten)
                {
                    connection.OnScheduled();
                    MarkDirty(connection);
                }
            }

            if (Now >= Servers.NextDeadline)
            {
                Servers.HandleTimeout(Now);
            }

            Servers.Drain(Now);
            while (_deadlines.TryPeekDue(Now, out var due))
            {
                // Set anew when it is drained; until then it must not come up again.
                _deadlines.Set(due, Timestamp.Never);
                due.IsDue = true;
                MarkDirty(due);
            }

            DrainDirty();
            _ports.Flush();
            if (!hasMore && _dirty.Count == 0)
            {
                Sleep();
            }
        }
    }

    /// <summary>The machine joined or left a network: new addresses are offered to everybody, lost ones fail by themselves.</summary>
    private void OnAddressesChanged(object? sender, EventArgs e) =>
        Post(() =>
        {
            var known = HostCandidates.Select(candidate => candidate.Address).ToHashSet();
            HostCandidates = _ports.GatherHosts();
            if (!known.SetEquals(HostCandidates.Select(candidate => candidate.Address)))
            {
                Servers.Restart();
            }

            foreach (var connection in Demultiplexer.Connections)
            {
                connection.AddHostCandidates();
            }
        });

    private void OnServersChanged()
    {
        foreach (var connection in Demultiplexer.Connections)
        {
            connection.AddServerCandidates();
        }
    }

    private void RunCommands()
    {
        while (_commands.TryDequeue(out var command))
        {
            command();
        }
    }

    private void DrainDirty()
    {
        // Draining may mark others (or the same again): those have their turn next time round.
        var count = _dirty.Count;
        for (var i = 0; i < count; i++)
        {
            var connection = _dirty[i];
            connection.IsDirty = false;
            Now = ReadClock();
            try
            {
                connection.Drain(Now);
                if (!connection.IsForgotten)
                {
                    _deadlines.Set(connection, connection.Peer.NextDeadline);
                }
            }
#pragma warning disable CA1031 // One peer's trouble must not end the loop of all the others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                OnBroken(connection, exception);
            }
        }

        _dirty.RemoveRange(0, count);
    }

    private void Sleep()
    {
        var next = Timestamp.Min(_deadlines.Next, Servers.NextDeadline);
        var wait = next == Timestamp.Never ? HostingLimits.MaxSleep : next - ReadClock();
        if (wait > TimeSpan.Zero && _commands.IsEmpty && _scheduled.IsEmpty)
        {
            _waiter.Wait(wait < HostingLimits.MaxSleep ? wait : HostingLimits.MaxSleep);
        }
    }

    private Timestamp ReadClock() => new(Stopwatch.GetElapsedTime(_origin).Ticks);
}
