using PeerProxy.WebRtc.DataChannels;
using PeerProxy.WebRtc.Dtls;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.Connection;

/// <summary>One session with one peer: ICE, on it DTLS, on it SCTP, on it data channels. Sans-IO and single-threaded.</summary>
/// <remarks>
/// <list type="number">
/// <item>Descriptions go in and out (<see cref="AcceptOffer"/>, or <see cref="CreateOffer"/> and <see cref="AcceptAnswer"/>).</item>
/// <item>The first check of the peer, or the first answer to ours, lets the DTLS client say hello; the other of the two repeats it.</item>
/// <item>As soon as DTLS can protect a record the SCTP INIT follows: for the client right behind its Finished.</item>
/// </list>
/// After every call drain <see cref="TryPollTransmit"/> and <see cref="TryPollEvent"/>, then sleep until <see cref="NextDeadline"/>:
/// <code>
/// while (connection.TryPollTransmit(buffer, now, out var t)) { Send(t.BaseId, buffer[..t.Length], t.Remote); }
/// while (connection.TryPollEvent(now, out var e)) { On(e); }
/// if (WaitForDatagramUntil(connection.NextDeadline)) { connection.Handle(datagram, baseId, source, now); }
/// else { connection.HandleTimeout(now); }
/// </code>
/// </remarks>
public sealed partial class PeerConnection : IDisposable
{
    /// <summary>Candidates trickled before the description they belong to.</summary>
    private const int MaxEarlyCandidates = IceAgent.MaxRemoteCandidates;

    private readonly PeerConnectionSettings _settings;
    private readonly Queue<PeerEvent> _events = new();
    private readonly SecureSession _session;
    private IceAgent? _ice;
    private Timestamp _connectBy = Timestamp.Never;
    private bool _isSctpUp;
    private bool _hadPath;

    public PeerConnection(PeerConnectionSettings settings)
    {
        _settings = settings;
        _session = new SecureSession(settings);
    }

    public PeerConnectionState State { get; private set; }

    /// <summary>Meaningful once <see cref="State"/> is final.</summary>
    public PeerConnectionCloseReason CloseReason { get; private set; }

    /// <summary>Failed or closed.</summary>
    public bool IsOver => State is PeerConnectionState.Failed or PeerConnectionState.Closed;

    /// <summary>The data channels; null until both roles are known, which is when the remote description is.</summary>
    public DataChannelSet? Channels { get; private set; }

    /// <summary>The secured layer, for tests that play a hostile peer.</summary>
    internal DtlsEndpoint? Dtls => _session.Dtls;

    public IcePath? SelectedPath => _ice is { HasPath: true } ice ? ice.SelectedPath : null;

    public Timestamp NextDeadline
    {
        get
        {
            if (IsOver)
            {
                return Timestamp.Never;
            }

            var deadline = _connectBy;
            if (_ice is not null)
            {
                deadline = Timestamp.Min(deadline, _ice.NextDeadline);
            }

            deadline = Timestamp.Min(deadline, _session.NextDeadline(_ice is { HasPath: true }));
            return deadline;
        }
    }

    /// <summary>Takes a datagram that arrived on a base. STUN, DTLS and nothing else is expected (RFC 7983).</summary>
    /// <returns>True when it proved to come from the peer: its address may be bound to this connection.</returns>
    public bool Handle(ReadOnlySpan<byte> datagram, int baseId, in TransportAddress remote, Timestamp now)
    {
        if (datagram.IsEmpty || IsOver || _ice is null)
        {
            return false;
        }

        var isAuthentic = false;
        switch (datagram[0])
        {
            case <= 3:
                isAuthentic = _ice.Handle(datagram, baseId, remote, now);
                break;
            case >= 20 and <= 63:
                isAuthentic = _session.Handle(datagram, _ice.RoundTripTime, now);
                if (isAuthentic)
                {
                    _ice.NotifyTraffic(baseId, remote, now);
                }

                break;
        }

        Pump(now);
        return isAuthentic;
    }

    public void HandleTimeout(Timestamp now)
    {
        if (IsOver)
        {
            return;
        }

        _ice?.HandleTimeout(now);
        _session.HandleTimeout(now);
        Pump(now);
        if (now >= _connectBy && !IsOver)
        {
            End(PeerConnectionState.Failed, PeerConnectionCloseReason.ConnectTimeout, now);
        }
    }

    /// <summary>Writes the next datagram; the destination holds at least <see cref="DtlsLimits.MaxRecordBytes"/>.</summary>
    public bool TryPollTransmit(Span<byte> destination, Timestamp now, out PeerTransmit transmit)
    {
        transmit = default;
        if (_ice is null)
        {
            return false;
        }

        if (!IsOver && _ice.TryPollTransmit(destination, out var check))
        {
            transmit = new PeerTransmit(check.Length, check.BaseId, check.Remote, IsStun: true);
            return true;
        }

        if (!_ice.HasPath)
        {
            return false;
        }

        var path = _ice.SelectedPath;
        if (!_session.TryPoll(destination, path.IsRelayed, now, out var length))
        {
            return false;
        }

        transmit = new PeerTransmit(length, path.BaseId, path.Remote, IsStun: false, _session.IsMtuProbe);
        return true;
    }

    public bool TryPollEvent(Timestamp now, out PeerEvent peerEvent)
    {
        PumpChannels(now);
        return _events.TryDequeue(out peerEvent);
    }

    /// <summary>A local socket or relay this connection may use. Known ones should be added before a description is made.</summary>
    public void AddLocalCandidate(IceCandidate candidate, Timestamp now)
    {
        if (_ice is null)
        {
            _localCandidates.Add(candidate);
            return;
        }

        _ice.AddLocalCandidate(candidate, now);
        Pump(now);
    }

    public void RemoveLocalBase(int baseId, Timestamp now)
    {
        _localCandidates.RemoveAll(candidate => candidate.BaseId == baseId);
        _ice?.RemoveLocalBase(baseId, now);
        Pump(now);
    }

    /// <summary>A candidate of the peer, also a resolved one.</summary>
    public void AddRemoteCandidate(IceCandidate candidate, Timestamp now)
    {
        if (_ice is null)
        {
            if (_earlyCandidates.Count < MaxEarlyCandidates)
            {
                _earlyCandidates.Add(candidate);
            }

            return;
        }

        _ice.AddRemoteCandidate(candidate, now);
        Pump(now);
    }

    public void SetRemoteEndOfCandidates(Timestamp now)
    {
        _ice?.SetRemoteEndOfCandidates(now);
        Pump(now);
    }

    /// <summary>Tells the peer and ends; drain <see cref="TryPollTransmit"/> once more afterwards.</summary>
    public void Close(Timestamp now)
    {
        if (!IsOver)
        {
            End(PeerConnectionState.Closed, PeerConnectionCloseReason.ClosedLocally, now);
        }
    }

    public void Dispose() => _session.Dtls?.Dispose();

    /// <summary>Lets each layer react to what the layer below has become.</summary>
    private void Pump(Timestamp now)
    {
        if (IsOver || _ice is null)
        {
            return;
        }

        while (_ice.TryPollEvent(out var iceEvent))
        {
            OnIceEvent(iceEvent, now);
        }

        if (_session.Dtls is not null)
        {
            PumpSession(_session.Dtls, now);
        }

        PumpChannels(now);
        if (!IsOver)
        {
            UpdateState();
        }
    }

    private void OnIceEvent(in IceEvent iceEvent, Timestamp now)
    {
        switch (iceEvent.Kind)
        {
            case IceEventKind.PathUsable:
                StartDtls(now);
                break;
            case IceEventKind.PathConfirmed:
                StartDtls(now);
                TellRoundTripTime(iceEvent.Path.RoundTripTime, now);
                _session.Dtls?.RepeatHello(now);
                break;
            case IceEventKind.PathChanged:
                if (_hadPath)
                {
                    _session.OnPathChanged(now);
                }

                _hadPath = true;
                _events.Enqueue(new PeerEvent { Kind = PeerEventKind.PathChanged, Path = iceEvent.Path });
                break;
            case IceEventKind.NeedsResolution:
                _events.Enqueue(new PeerEvent { Kind = PeerEventKind.NeedsResolution, Candidate = iceEvent.Candidate });
                break;
            case IceEventKind.StateChanged when iceEvent.State == IceState.Failed:
                var reason = _isSctpUp ? PeerConnectionCloseReason.PathLost : PeerConnectionCloseReason.ConnectTimeout;
                End(PeerConnectionState.Failed, reason, now);
                break;
        }
    }

    /// <summary>Section 5.1 of the round-trip budget: the client speaks as soon as there is any way to be heard.</summary>
    private void StartDtls(Timestamp now)
    {
        if (_session.Dtls is { State: DtlsState.New } && _ice!.HasPath)
        {
            TellRoundTripTime(_ice.RoundTripTime, now);
            _session.StartAsClient(now);
        }
    }

    private void TellRoundTripTime(TimeSpan? roundTripTime, Timestamp now)
    {
        if (roundTripTime is { } known)
        {
            _session.OnRoundTripTime(known, now);
        }
    }

    private void PumpSession(DtlsEndpoint dtls, Timestamp now)
    {
        _session.Pump(_ice!.RoundTripTime, now);
        if (dtls.State == DtlsState.Failed)
        {
            var reason = dtls.Failure switch
            {
                DtlsFailure.FingerprintMismatch => PeerConnectionCloseReason.FingerprintMismatch,
                DtlsFailure.TimedOut => PeerConnectionCloseReason.ConnectTimeout,
                _ => PeerConnectionCloseReason.HandshakeFailed,
            };
            End(PeerConnectionState.Failed, reason, now);
        }
        else if (dtls.State == DtlsState.Closed)
        {
            PumpChannels(now);
            End(PeerConnectionState.Closed, PeerConnectionCloseReason.ClosedByPeer, now);
        }
    }

    private void PumpChannels(Timestamp now)
    {
        while (Channels is not null && Channels.TryPollEvent(now, out var channelEvent))
        {
            _events.Enqueue(new PeerEvent { Kind = PeerEventKind.Channel, Channel = channelEvent });
            if (channelEvent.Kind == DataChannelEventKind.Connected)
            {
                _isSctpUp = true;
            }
            else if (channelEvent.Kind == DataChannelEventKind.Disconnected && !IsOver)
            {
                OnAssociationEnded(channelEvent.CloseReason, now);
            }
        }

        if (!IsOver && _ice is not null)
        {
            UpdateState();
        }
    }

    private void OnAssociationEnded(SctpCloseReason reason, Timestamp now)
    {
        switch (reason)
        {
            case SctpCloseReason.Shutdown or SctpCloseReason.AbortedByPeer:
                End(PeerConnectionState.Closed, PeerConnectionCloseReason.ClosedByPeer, now);
                break;
            case SctpCloseReason.AbortedLocally:
                End(PeerConnectionState.Closed, PeerConnectionCloseReason.ClosedLocally, now);
                break;
            case SctpCloseReason.PeerUnreachable or SctpCloseReason.HandshakeTimeout:
                End(PeerConnectionState.Failed, PeerConnectionCloseReason.PathLost, now);
                break;
            default:
                End(PeerConnectionState.Failed, PeerConnectionCloseReason.ProtocolViolation, now);
                break;
        }
    }

    private void UpdateState()
    {
        var state = _ice!.State switch
        {
            IceState.Disconnected => PeerConnectionState.Disconnected,
            _ when _isSctpUp && _session.Dtls is { State: DtlsState.Connected } => PeerConnectionState.Connected,
            _ when _connectBy != Timestamp.Never => PeerConnectionState.Connecting,
            _ => State,
        };
        if (state == PeerConnectionState.Connected)
        {
            _connectBy = Timestamp.Never;
        }

        SetState(state);
    }

    private void End(PeerConnectionState state, PeerConnectionCloseReason reason, Timestamp now)
    {
        if (IsOver)
        {
            return;
        }

        CloseReason = reason;
        SetState(state);
        _session.End(now);
        while (Channels is not null && Channels.TryPollEvent(now, out var channelEvent))
        {
            _events.Enqueue(new PeerEvent { Kind = PeerEventKind.Channel, Channel = channelEvent });
        }
    }

    private void SetState(PeerConnectionState state)
    {
        if (State != state)
        {
            State = state;
            _events.Enqueue(new PeerEvent { Kind = PeerEventKind.StateChanged, State = state, Reason = CloseReason });
        }
    }
}
