using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sctp.Send;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>A <see cref="PeerConnection"/> on the loop, with its thread-safe face.</summary>
internal sealed class HostedConnection : IPeerConnection, IHasDeadline
{
    private readonly TransportLoop _loop;
    private readonly LocalCandidates _candidates;
    private readonly HostedChannels _channels;
    private readonly ConnectionReports _reports;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<PeerConnectionCloseReason> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _forgotten;
    private bool _isBroken;
    private int _isScheduled;
    private long _releasedBytes;
    private volatile PeerConnectionState _state;

    /// <param name="forgotten">Called once, on the loop, before <see cref="Closed"/> completes.</param>
    public HostedConnection(TransportLoop loop, PeerConnectionOptions options, Action forgotten)
    {
        _loop = loop;
        _forgotten = forgotten;
        _candidates = new LocalCandidates(loop, options, AddLocalCandidate, line => LocalCandidateFound?.Invoke(line));
        _channels = new HostedChannels(this, loop.SendBudget);
        _reports = new ConnectionReports(loop);
    }

    public event Action<string?>? LocalCandidateFound;

    public event Action<IDataChannel>? ChannelOpened;

    public event Action<ReceiveProgress>? Receiving;

    public PeerConnectionState State => _state;

    public Task Connected => _connected.Task;

    public Task<PeerConnectionCloseReason> Closed => _closed.Task;

    public SelectedPathInfo? SelectedPath => _reports.Path;

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

    /// <summary>Size for messages of large bodies; read by senders on any thread.</summary>
    public int PreferredMessageBytes { get; set; } = DataSender.LeastPreferredMessageBytes;

    /// <summary>On the loop: puts the connection into its slot.</summary>
    public void Attach(int slot, PeerConnection peer)
    {
        Slot = slot;
        Peer = peer;
        _candidates.Begin();
    }

    /// <summary>On the loop: takes the machine's addresses, and trickles those that are new.</summary>
    public void AddHostCandidates()
    {
        if (!IsForgotten)
        {
            _candidates.AddHosts();
        }
    }

    /// <summary>On the loop: takes what the servers have found since the last look, and trickles it.</summary>
    public void AddServerCandidates()
    {
        if (!IsForgotten)
        {
            _candidates.AddFromServers();
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
                var answer = Peer.AcceptOffer(offer, _candidates.BeginDescription(), _loop.Now);
                OpenWaitingChannels();
                return answer.Write();
            },
            cancellationToken);
    }

    public Task<string> CreateOfferAsync(bool iceRestart = false, CancellationToken cancellationToken = default) =>
        OnLoop(() => Peer.CreateOffer(iceRestart, _candidates.BeginDescription(), _loop.Now).Write(), cancellationToken);

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
        PostAndDrain(() => _channels.Open(channel, _loop.Now));
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
        var task = _channels.Outgoing.EnqueueAsync(message, cancellationToken);
        ScheduleOnce();
        return task;
    }

    /// <summary>Called by channels on any thread: a received message was taken.</summary>
    public void Release(int windowBytes)
    {
        AddReleased(windowBytes);
        ScheduleOnce();
    }

    /// <summary>As <see cref="Release"/>, when the connection is looked at anyway.</summary>
    public void AddReleased(int windowBytes) => Interlocked.Add(ref _releasedBytes, windowBytes);

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
            _channels.MoveOutgoing(now);
            Transmit(now);
        }
        while (DispatchEvents(now));

        _channels.RefreshBufferedAmounts();
        _reports.Refresh(Peer, Receiving, now);
        if (Peer.IsOver)
        {
            Finish();
        }
    }

    private void AddLocalCandidate(IceCandidate candidate)
    {
        Peer.AddLocalCandidate(candidate, _loop.Now);
        _loop.MarkDirty(this);
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

    private void OpenWaitingChannels()
    {
        MaxMessageSize = Math.Min(Peer.Channels!.RemoteMaxMessageSize, (int)SdpLocalParameters.UsualMaxMessageSize);
        _channels.OpenWaiting(_loop.Now);
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
                    _reports.RefreshPath(Peer, now);
                    break;
                case PeerEventKind.NeedsResolution:
                    _loop.Names.Resolve(peerEvent.Candidate!.HostName!, new NamedCandidate(this, peerEvent.Candidate));
                    break;
                case PeerEventKind.Channel:
                    _channels.Dispatch(peerEvent.Channel, ChannelOpened);
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
        _channels.Close();
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
