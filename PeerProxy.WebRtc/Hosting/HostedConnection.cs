using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.DataChannels;
using PeerProxy.WebRtc.Hosting.Servers;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>A <see cref="PeerConnection"/> on the loop, with its thread-safe face.</summary>
internal sealed class HostedConnection : IPeerConnection, IHasDeadline
{
    /// <summary>How stale the round-trip time in <see cref="SelectedPath"/> may be.</summary>
    private static readonly TimeSpan _pathRefresh = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _progressInterval = TimeSpan.FromMilliseconds(250);

    private readonly TransportLoop _loop;
    private readonly PeerConnectionOptions _options;
    private readonly HashSet<IceCandidate> _announced = [];
    private readonly HashSet<TransportAddress> _announcedHosts = [];
    private bool _isBroken;
    private bool _hasDescription;
    private bool _hasAnnouncedEnd;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<PeerConnectionCloseReason> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OutgoingQueue _outgoing = new();
    private readonly List<HostedChannel> _unopened = [];
    private readonly HashSet<HostedChannel> _channels = [];
    private readonly Action _forgotten;
    private int _isScheduled;
    private long _releasedBytes;
    private Timestamp _pathAge;
    private Timestamp _progressAge;
    private long _progressBytes;
    private volatile SelectedPathInfo? _selectedPath;
    private volatile PeerConnectionState _state;

    /// <param name="forgotten">Called once, on the loop, before <see cref="Closed"/> completes.</param>
    public HostedConnection(TransportLoop loop, PeerConnectionOptions options, Action forgotten)
    {
        _loop = loop;
        _options = options;
        _forgotten = forgotten;
    }

    public event Action<string?>? LocalCandidateFound;

    public event Action<IDataChannel>? ChannelOpened;

    public event Action<ReceiveProgress>? Receiving;

    public PeerConnectionState State => _state;

    public Task Connected => _connected.Task;

    public Task<PeerConnectionCloseReason> Closed => _closed.Task;

    public SelectedPathInfo? SelectedPath => _selectedPath;

    public int HeapIndex { get; set; } = -1;

    public Timestamp Deadline { get; set; }

    /// <summary>On the loop only, like everything below it.</summary>
    public PeerConnection Peer { get; private set; } = null!;

    public int Slot { get; private set; }

    public Queue<(int BaseId, TransportAddress Remote)> Addresses { get; } = new();

    public bool IsDirty { get; set; }

    /// <summary>Its time has come, or another thread did something for it.</summary>
    public bool IsDue { get; set; }

    /// <summary>The loop has let go of it.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>What the peer takes in one message; read by senders on any thread.</summary>
    public int MaxMessageSize { get; private set; } = (int)SdpLocalParameters.UsualMaxMessageSize;

    /// <summary>On the loop: puts the connection into its slot.</summary>
    public void Attach(int slot, PeerConnection peer)
    {
        Slot = slot;
        Peer = peer;
        AddHostCandidates();
        if (_options.IceServers.Count > 0)
        {
            _loop.Servers.Use(_options.IceServers);
            AddServerCandidates();
        }
    }

    /// <summary>On the loop: takes the machine's addresses, and trickles those that are new.</summary>
    public void AddHostCandidates()
    {
        if (IsForgotten || _options.RelayOnly)
        {
            return;
        }

        foreach (var candidate in _loop.HostCandidates)
        {
            if (_announcedHosts.Add(candidate.Address))
            {
                Announce(candidate);
            }
        }
    }

    /// <summary>On the loop: takes what the servers have found since the last look, and trickles it.</summary>
    public void AddServerCandidates()
    {
        if (IsForgotten || _options.IceServers.Count == 0)
        {
            return;
        }

        foreach (var candidate in _loop.Servers.CandidatesOf(_options.IceServers))
        {
            if ((!_options.RelayOnly || candidate.Type == IceCandidateType.Relayed) && _announced.Add(candidate))
            {
                Announce(candidate);
            }
        }

        if (_hasDescription && !_hasAnnouncedEnd && _loop.Servers.AreSettled(_options.IceServers))
        {
            _hasAnnouncedEnd = true;
            LocalCandidateFound?.Invoke(null);
        }
    }

    /// <summary>On the loop: a relay is gone.</summary>
    public void OnBaseLost(int baseId)
    {
        Peer.RemoveLocalBase(baseId, _loop.Now);
        _loop.MarkDirty(this);
    }

    public Task<string> AcceptOfferAsync(string offerSdp, CancellationToken cancellationToken = default)
    {
        var offer = Parse(offerSdp);
        return OnLoop(
            () =>
            {
                var answer = Peer.AcceptOffer(offer, BeginDescription(), _loop.Now);
                OpenWaitingChannels();
                return answer.Write();
            },
            cancellationToken);
    }

    public Task<string> CreateOfferAsync(bool iceRestart = false, CancellationToken cancellationToken = default) =>
        OnLoop(() => Peer.CreateOffer(iceRestart, BeginDescription(), _loop.Now).Write(), cancellationToken);

    public Task AcceptAnswerAsync(string answerSdp, CancellationToken cancellationToken = default)
    {
        var answer = Parse(answerSdp);
        return OnLoop(
            () =>
            {
                Peer.AcceptAnswer(answer, _loop.Now);
                OpenWaitingChannels();
                return true;
            },
            cancellationToken);
    }

    public void AddRemoteCandidate(string? candidate)
    {
        if (string.IsNullOrWhiteSpace(candidate))
        {
            PostAndDrain(() => Peer.SetRemoteEndOfCandidates(_loop.Now));
        }
        else if (CandidateLine.TryParse(candidate, out var parsed, out _))
        {
            PostAndDrain(() => Peer.AddRemoteCandidate(parsed!, _loop.Now));
        }
    }

    public IDataChannel OpenChannel(DataChannelOptions options)
    {
        var channel = new HostedChannel(this, options);
        PostAndDrain(() => Open(channel));
        return channel;
    }

    public async ValueTask DisposeAsync()
    {
        PostAndDrain(() => Peer.Close(_loop.Now));
        await _closed.Task.ConfigureAwait(false);
    }

    /// <summary>Called by channels on any thread: there is something to send.</summary>
    /// <returns>Completes when the sender may go on.</returns>
    public ValueTask EnqueueAsync(in OutgoingMessage message, CancellationToken cancellationToken)
    {
        var task = _outgoing.EnqueueAsync(message, cancellationToken);
        ScheduleOnce();
        return task;
    }

    /// <summary>Called by channels on any thread: a received message was taken.</summary>
    public void Release(int windowBytes)
    {
        Interlocked.Add(ref _releasedBytes, windowBytes);
        ScheduleOnce();
    }

    /// <summary>From any thread, also the DTLS handshake's: look at this connection soon.</summary>
    public void ScheduleOnce()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
        {
            _loop.Schedule(this);
        }
    }

    public void OnScheduled()
    {
        Volatile.Write(ref _isScheduled, 0);
        Interlocked.MemoryBarrier();
        IsDue = true;
    }

    /// <summary>On the loop: moves everything that can move, both ways.</summary>
    public void Drain(Timestamp now)
    {
        if (IsForgotten)
        {
            return;
        }

        if (IsDue)
        {
            IsDue = false;
            Peer.HandleTimeout(now);
        }

        var released = Interlocked.Exchange(ref _releasedBytes, 0);
        if (released > 0)
        {
            Peer.Channels?.ReleaseReceived((int)released, now);
        }

        do
        {
            MoveOutgoing(now);
            Transmit(now);
        }
        while (DispatchEvents(now));

        foreach (var channel in _channels)
        {
            channel.RefreshBufferedAmount();
        }

        if (Receiving is not null && now - _progressAge >= _progressInterval)
        {
            TellProgress(now);
        }

        if (now - _pathAge >= _pathRefresh)
        {
            RefreshPath(now);
        }

        if (Peer.IsOver)
        {
            Finish();
        }
    }

    /// <summary>A description is being made: what is found from now on is trickled.</summary>
    /// <returns>True when it will hold every candidate there is.</returns>
    private bool BeginDescription()
    {
        _hasDescription = true;
        _hasAnnouncedEnd = _loop.Servers.AreSettled(_options.IceServers);
        return _hasAnnouncedEnd;
    }

    private void Announce(IceCandidate candidate)
    {
        Peer.AddLocalCandidate(candidate, _loop.Now);
        _loop.MarkDirty(this);
        if (_hasDescription)
        {
            // Before, the description itself will tell it.
            LocalCandidateFound?.Invoke(CandidateLine.Write(candidate));
        }
    }

    private static SessionDescription Parse(string sdp) =>
        SessionDescription.TryParse(sdp, out var description, out var error)
            ? description!
            : throw new PeerConnectionException($"The session description cannot be used: {error}.");

    private async Task<T> OnLoop<T>(Func<T> command, CancellationToken cancellationToken) =>
        await _loop.InvokeAsync(() =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsForgotten)
            {
                throw new PeerConnectionException("The connection is closed.");
            }

            var result = command();
            _loop.MarkDirty(this);
            return result;
        }).WaitAsync(cancellationToken).ConfigureAwait(false);

    private void PostAndDrain(Action command) =>
        _loop.Post(() =>
        {
            if (!IsForgotten)
            {
                command();
                _loop.MarkDirty(this);
            }
        });

    private void Open(HostedChannel channel)
    {
        _channels.Add(channel);
        if (Peer.Channels is null)
        {
            _unopened.Add(channel);
            return;
        }

        if (Peer.Channels.TryOpen(channel.Options, _loop.Now) is { } opened)
        {
            channel.Attach(opened);
        }
        else
        {
            _channels.Remove(channel);
            channel.OnClosed();
        }
    }

    private void OpenWaitingChannels()
    {
        MaxMessageSize = Math.Min(Peer.Channels!.RemoteMaxMessageSize, (int)SdpLocalParameters.UsualMaxMessageSize);
        foreach (var channel in _unopened)
        {
            Open(channel);
        }

        _unopened.Clear();
    }

    private void MoveOutgoing(Timestamp now)
    {
        if (Peer.Channels is not { } channels)
        {
            return;
        }

        while (_outgoing.TryPeek(out var message))
        {
            var channel = message.Channel.Inner;
            if (channel is null && !message.Channel.Closed.IsCompleted)
            {
                // Its opening is still on its way to this thread.
                return;
            }

            if (message.IsClose)
            {
                channel?.Close(now);
            }
            else if (channel is { State: DataChannelState.Connecting or DataChannelState.Open })
            {
                var queued = channels.Association.QueuedBytes;
                if (queued >= channels.Association.QueueTargetBytes)
                {
                    return;
                }

                if (!channel.TrySend(message.Payload.AsSpan(0, message.Length), message.IsText, now) && queued > 0)
                {
                    // No room yet. With an empty queue there is another cause, and waiting would not help.
                    return;
                }
            }

            _outgoing.Complete();
        }
    }

    /// <summary>On the loop: sends what may go now. Called after each datagram, so that acknowledgements keep the pace a browser's sender
    /// grows by, even when datagrams come in batches.</summary>
    public void Transmit(Timestamp now)
    {
        while (true)
        {
            var guess = Peer.SelectedPath?.BaseId ?? 0;
            var port = _loop.Ports[(uint)guess < (uint)_loop.Ports.Count ? guess : 0];
            var room = port.Reserve();
            if (!Peer.TryPollTransmit(room, now, out var transmit))
            {
                return;
            }

            if (transmit.IsStun)
            {
                _loop.Demultiplexer.Claim(this, transmit.BaseId, transmit.Remote);
            }

            if (transmit.IsMtuProbe && transmit.BaseId == port.BaseId)
            {
                port.CommitProbe(transmit.Length, transmit.Remote);
            }
            else if (transmit.BaseId == port.BaseId)
            {
                port.Commit(transmit.Length, transmit.Remote);
            }
            else
            {
                _loop.Send(transmit.BaseId, room[..transmit.Length], transmit.Remote);
            }
        }
    }

    private bool DispatchEvents(Timestamp now)
    {
        var any = false;
        while (Peer.TryPollEvent(now, out var peerEvent))
        {
            any = true;
            switch (peerEvent.Kind)
            {
                case PeerEventKind.StateChanged:
                    OnState(peerEvent.State, peerEvent.Reason);
                    break;
                case PeerEventKind.PathChanged:
                    RefreshPath(now);
                    break;
                case PeerEventKind.NeedsResolution:
                    _loop.Names.Resolve(peerEvent.Candidate!.HostName!, new NamedCandidate(this, peerEvent.Candidate));
                    break;
                case PeerEventKind.Channel:
                    OnChannelEvent(peerEvent.Channel);
                    break;
            }
        }

        return any;
    }

    private void OnState(PeerConnectionState state, PeerConnectionCloseReason reason)
    {
        _state = state;
        if (state == PeerConnectionState.Connected)
        {
            _connected.TrySetResult();
        }
    }

    private void OnChannelEvent(in DataChannelEvent channelEvent)
    {
        var channel = channelEvent.Channel?.Tag as HostedChannel;
        switch (channelEvent.Kind)
        {
            case DataChannelEventKind.Opened when channel is null && channelEvent.Channel is { IsRemote: true } remote:
                channel = new HostedChannel(this, remote);
                _channels.Add(channel);
                channel.OnOpened();
                ChannelOpened?.Invoke(channel);
                break;
            case DataChannelEventKind.Opened:
                channel?.OnOpened();
                break;
            case DataChannelEventKind.Message when channel is not null:
                channel.OnMessage(channelEvent);
                break;
            case DataChannelEventKind.Message:
                channelEvent.Payload?.Dispose();
                Interlocked.Add(ref _releasedBytes, channelEvent.WindowBytes);
                break;
            case DataChannelEventKind.Closed when channel is not null:
                _channels.Remove(channel);
                channel.OnClosed();
                break;
        }
    }

    private void TellProgress(Timestamp now)
    {
        _progressAge = now;
        if (Peer.Channels?.Association.Statistics is { } statistics && statistics.DataBytesReceived != _progressBytes)
        {
            _progressBytes = statistics.DataBytesReceived;
            Receiving?.Invoke(new ReceiveProgress(
                now - default(Timestamp), statistics.DataBytesReceived, statistics.DataChunksReceived, statistics.HolesReceived, statistics.IsReceivePathQueued));
        }
    }

    private void RefreshPath(Timestamp now)
    {
        _pathAge = now;
        if (Peer.SelectedPath is not { } path)
        {
            return;
        }

        // A port bound to all addresses does not know which one the system chose: the first of the family is the likely one.
        var host = _loop.HostCandidates.FirstOrDefault(candidate => candidate.BaseId == path.BaseId && candidate.Address.IsIPv6 == path.Remote.IsIPv6);
        var local = path.BaseId >= IceServerPool.FirstRelayBase ? "relay" : host?.Address.ToString() ?? "unknown";
        _selectedPath = new SelectedPathInfo(local, path.Remote.ToString(), path.IsRelayed, path.RoundTripTime ?? TimeSpan.Zero);
    }

    /// <summary>On the loop: a name the peer used as address is known now.</summary>
    public void OnResolved(IceCandidate candidate, in TransportAddress address)
    {
        if (!IsForgotten)
        {
            Peer.AddRemoteCandidate(candidate.Resolve(address), _loop.Now);
            _loop.MarkDirty(this);
        }
    }

    /// <summary>On the loop: something threw where nothing should. The connection ends, the others go on.</summary>
    public void Break()
    {
        if (!IsForgotten)
        {
            _isBroken = true;
            Finish();
        }
    }

    private void Finish()
    {
        IsForgotten = true;
        _loop.Forget(this);
        _outgoing.Fail();
        foreach (var channel in _channels)
        {
            channel.OnClosed();
        }

        _channels.Clear();
        _unopened.Clear();
        Peer.Dispose();
        var reason = _isBroken ? PeerConnectionCloseReason.ProtocolViolation : Peer.CloseReason;
        _state = _isBroken ? PeerConnectionState.Failed : Peer.State;
        if (_connected.TrySetException(new PeerConnectionException($"The connection could not be made: {reason}.")))
        {
            // Whoever does not await it should not be told by the finalizer.
            _ = _connected.Task.Exception;
        }

        _forgotten();
        _closed.TrySetResult(reason);
    }
}
