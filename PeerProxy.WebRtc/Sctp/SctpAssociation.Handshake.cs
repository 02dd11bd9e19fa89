using PeerProxy.WebRtc.Sctp.Chunks;
using PeerProxy.WebRtc.Sctp.Receive;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.WebRtc.Sctp;

/// <content>Setting up (RFC 9260 section 5): INIT, INIT-ACK, COOKIE-ECHO, COOKIE-ACK, collisions and restart.</content>
public sealed partial class SctpAssociation
{
    /// <summary>How the cookies of libwebrtc's stack begin.</summary>
    private static ReadOnlySpan<byte> DcsctpCookiePrefix => "dcSCTP00"u8;

    private byte[] _peerCookie = [];
    private int _handshakeTries;
    private bool _initPending;
    private bool _cookieEchoPending;
    private bool _cookieAckPending;

    /// <summary>Starts the handshake by INIT; both sides may. Without it the association waits for the peer's INIT.</summary>
    public void Connect(Timestamp now)
    {
        if (State != SctpState.Closed)
        {
            return;
        }

        SetState(SctpState.CookieWait);
        _initPending = true;
        _timers.Set(SctpTimer.Handshake, now + _rtt.Timeout);
    }

    /// <summary>Our INIT chunk, to be given to the peer by signaling instead of a handshake (draft-hancke-tsvwg-snap: base64 in <c>a=sctp-init</c>).</summary>
    public byte[] CreateLocalInit()
    {
        byte[] packet = new byte[SctpOptions.MinimumPacketSize];
        var writer = new SctpPacketWriter(packet, _options.Port, verificationTag: 0);
        InitChunk.Write(ref writer, ChunkType.Init, LocalInit(_localTag, _localInitialTsn), default, default);
        return packet[SctpPacketWriter.HeaderLength..writer.Length];
    }

    /// <summary>Takes the peer's INIT chunk from signaling; both sides having done so, the association is up without a round trip. To be called once packets can flow.</summary>
    /// <returns>False when the chunk cannot be used or a handshake has begun; then the usual handshake is the way.</returns>
    public bool TryAcceptRemoteInit(ReadOnlySpan<byte> initChunk, Timestamp now)
    {
        if (State != SctpState.Closed || !TryReadInit(initChunk, out InitChunk init))
        {
            return false;
        }

        // Two stacks know this way: this one, which lists PAD, and libwebrtc's, which does not. There is no cookie to tell by.
        _peerIsDcsctp = !init.Features.HasFlag(SctpFeatures.Padding);
        AdoptPeer(init.InitiateTag, init.InitialTsn, init.ReceiverWindow, init.InboundStreams, init.Features);
        EnterEstablished(now);
        return true;
    }

    /// <summary>Whether <see cref="TryAcceptRemoteInit"/> will take this chunk: who answers with its own must.</summary>
    public static bool IsUsableInit(ReadOnlySpan<byte> initChunk) => TryReadInit(initChunk, out _);

    private static bool TryReadInit(ReadOnlySpan<byte> initChunk, out InitChunk init)
    {
        init = default;
        var reader = new ChunkReader(initChunk);
        return reader.TryRead(out ChunkType type, out _, out ReadOnlySpan<byte> value, out _)
            && type == ChunkType.Init
            && InitChunk.TryRead(value, out init)
            && init.IsAcceptable;
    }

    /// <summary>Sends the outstanding handshake chunk again at once: whoever drives DTLS knows when an earlier one cannot have been read.</summary>
    public void RetryHandshake(Timestamp now)
    {
        if (State is SctpState.CookieWait or SctpState.CookieEchoed)
        {
            _initPending = State == SctpState.CookieWait;
            _cookieEchoPending = State == SctpState.CookieEchoed;
            _sender.OnHandshakeRetry();
            _timers.Set(SctpTimer.Handshake, now + _rtt.Timeout);
        }
    }

    private void OnHandshakeTimer(Timestamp now)
    {
        if (++_handshakeTries > _options.MaxHandshakeRetransmissions)
        {
            End(SctpCloseReason.HandshakeTimeout, $"no answer in state {State}");
            return;
        }

        _rtt.BackOff();
        RetryHandshake(now);
    }

    private InitChunk LocalInit(uint tag, uint initialTsn) => new()
    {
        InitiateTag = tag,
        ReceiverWindow = (uint)_options.ReceiveWindow,
        OutboundStreams = _options.MaxStreams,
        InboundStreams = _options.MaxStreams,
        InitialTsn = initialTsn,
        Features = _localFeatures,
    };

    private void HandleInit(ReadOnlySpan<byte> value, Timestamp now)
    {
        if (!InitChunk.TryRead(value, out InitChunk init))
        {
            _packetsDiscarded++;
            return;
        }

        if (!init.IsAcceptable)
        {
            // RFC 9260 3.3.2: an INIT without streams or tag is answered by ABORT, to its own tag.
            QueueAbort(init.InitiateTag, reflected: init.InitiateTag == 0, ErrorCause.InvalidMandatoryParameter, default);
            return;
        }

        switch (State)
        {
            case SctpState.Ended:
                return;
            case SctpState.ShutdownAckSent:
                // RFC 9260 9.2: the peer lost our SHUTDOWN-ACK's answer.
                _shutdownAckPending = true;
                return;
            case SctpState.Closed:
            case SctpState.CookieWait:
                QueueInitAck(init, _localTag, _localInitialTsn, localTie: 0, peerTie: 0, now);
                return;
            case SctpState.CookieEchoed:
                QueueInitAck(init, _localTag, _localInitialTsn, _localTag, _peerTag, now);
                return;
            default:
                // RFC 9260 5.2.2: a restart of the peer, or a stray; the cookie's tie tags will tell.
                QueueInitAck(init, NewTag(), _random.NextUInt32(), _localTag, _peerTag, now);
                return;
        }
    }

    private void QueueInitAck(in InitChunk init, uint localTag, uint localTsn, uint localTie, uint peerTie, Timestamp now)
    {
        var cookie = new StateCookie
        {
            MadeAt = now,
            LocalTag = localTag,
            PeerTag = init.InitiateTag,
            LocalInitialTsn = localTsn,
            PeerInitialTsn = init.InitialTsn,
            PeerReceiveWindow = init.ReceiverWindow,
            PeerOutboundStreams = init.OutboundStreams,
            PeerInboundStreams = init.InboundStreams,
            LocalTieTag = localTie,
            PeerTieTag = peerTie,
            PeerFeatures = init.Features,
        };
        Span<byte> encoded = stackalloc byte[StateCookie.Length];
        cookie.Write(encoded, _options.CookieSecret);
        Span<byte> packet = stackalloc byte[SctpOptions.MinimumPacketSize];
        var writer = new SctpPacketWriter(packet, _options.Port, init.InitiateTag);

        // An oversized unknown parameter is not worth an INIT-ACK that does not fit.
        ReadOnlySpan<byte> unrecognized = init.FirstUnrecognized.Length <= 128 ? init.FirstUnrecognized : default;
        InitChunk.Write(ref writer, ChunkType.InitAck, LocalInit(localTag, localTsn), encoded, unrecognized);
        _outOfBand.Enqueue(packet[..writer.Finish(zeroChecksum: false)]);
    }

    private void HandleInitAck(ReadOnlySpan<byte> value, Timestamp now)
    {
        // RFC 9260 5.2.3: an INIT-ACK in any other state is late or stray.
        if (State != SctpState.CookieWait)
        {
            return;
        }

        if (!InitChunk.TryRead(value, out InitChunk initAck) || initAck.Cookie.IsEmpty)
        {
            _packetsDiscarded++;
            return;
        }

        if (!initAck.IsAcceptable)
        {
            QueueAbort(initAck.InitiateTag, reflected: false, ErrorCause.InvalidMandatoryParameter, default);
            End(SctpCloseReason.ProtocolViolation, "INIT-ACK without tag or streams");
            return;
        }

        // A cookie that leaves no room in a packet cannot be echoed.
        if (initAck.Cookie.Length > MaxPacketSize - SctpPacketWriter.HeaderLength - ChunkReader.HeaderLength)
        {
            _packetsDiscarded++;
            return;
        }

        _peerIsDcsctp = initAck.Cookie.StartsWith(DcsctpCookiePrefix);
        _peerCookie = initAck.Cookie.ToArray();
        AdoptPeer(initAck.InitiateTag, initAck.InitialTsn, initAck.ReceiverWindow, initAck.InboundStreams, initAck.Features);
        _handshakeTries = 0;
        _rtt.ResetBackoff();
        SetState(SctpState.CookieEchoed);
        _initPending = false;
        _cookieEchoPending = true;
        _timers.Set(SctpTimer.Handshake, now + _rtt.Timeout);
    }

    /// <summary>False when the packet must not be processed further.</summary>
    private bool HandleCookieEcho(ReadOnlySpan<byte> value, uint verificationTag, Timestamp now)
    {
        if (!StateCookie.TryRead(value, _options.CookieSecret, out StateCookie cookie) || cookie.LocalTag != verificationTag)
        {
            _packetsDiscarded++;
            return false;
        }

        bool isCurrent = cookie.LocalTag == _localTag && cookie.PeerTag == _peerTag && State != SctpState.Closed;
        TimeSpan age = now - cookie.MadeAt;
        if (!isCurrent && (age > StateCookie.Lifetime || age < TimeSpan.Zero))
        {
            QueueStaleCookieError(cookie.PeerTag, age - StateCookie.Lifetime);
            return false;
        }

        switch (State)
        {
            case SctpState.Ended:
                return false;
            case SctpState.Closed:
                if (cookie.LocalTag != _localTag)
                {
                    return false;
                }

                Establish(cookie, now);
                return true;
        }

        // RFC 9260 5.2.4, table 12.
        if (isCurrent)
        {
            // Action D: the cookie of this association, again or in a simultaneous open.
            if (State is SctpState.CookieWait or SctpState.CookieEchoed)
            {
                EnterEstablished(now);
            }

            _cookieAckPending = true;
            return true;
        }

        if (cookie.LocalTag == _localTag)
        {
            // Action B: both opened at once and the peer's INIT came before its INIT-ACK.
            if (State is SctpState.CookieWait or SctpState.CookieEchoed)
            {
                Establish(cookie, now);
                return true;
            }

            return false;
        }

        bool tiesMatch = cookie.LocalTieTag == _localTag && cookie.PeerTieTag == _peerTag;
        if (cookie.PeerTag != _peerTag && tiesMatch)
        {
            // Action A: the peer restarted.
            if (State == SctpState.ShutdownAckSent)
            {
                _shutdownAckPending = true;
                return false;
            }

            Restart(cookie, now);
            return true;
        }

        // Action C: a cookie of an older INIT of ours; and everything the table does not list.
        return false;
    }

    private void HandleCookieAck(Timestamp now)
    {
        if (State == SctpState.CookieEchoed)
        {
            EnterEstablished(now);
        }
    }

    private void Establish(in StateCookie cookie, Timestamp now)
    {
        AdoptPeer(cookie.PeerTag, cookie.PeerInitialTsn, cookie.PeerReceiveWindow, cookie.PeerInboundStreams, cookie.PeerFeatures);
        _cookieAckPending = true;
        EnterEstablished(now);
    }

    private void Restart(in StateCookie cookie, Timestamp now)
    {
        _sender.Clear();
        _receiver?.Clear();
        _receiver = null;
        _control.Clear();
        _timers.StopAll();
        _rtt.ResetBackoff();
        _localTag = cookie.LocalTag;
        _localInitialTsn = cookie.LocalInitialTsn;
        _sender = new DataSender(_options, _timers, _rtt, _localInitialTsn, _events);
        _sender.OnPacketSize(MaxPacketSize, now);
        ResetReconfiguration(_localInitialTsn);
        _events.Enqueue(new SctpEvent { Kind = SctpEventKind.PeerRestarted, State = State });
        Establish(cookie, now);
    }

    /// <summary>Takes over what the peer announced. The receiving half starts anew with the peer's initial TSN.</summary>
    private void AdoptPeer(uint tag, uint initialTsn, uint receiveWindow, ushort inboundStreams, SctpFeatures features)
    {
        _peerTag = tag;
        _peerInitialTsn = initialTsn;
        _outboundStreams = Math.Min(_options.MaxStreams, inboundStreams);
        _features = features & _localFeatures;

        // RFC 9653 5.2: the announcement is about what the peer takes, ours about what we take.
        _sendZeroChecksum = features.HasFlag(SctpFeatures.ZeroChecksum) && _options.OfferZeroChecksum;
        _sender.Interleaved = IsInterleaving;
        _sender.PartialReliability = _features.HasFlag(SctpFeatures.PartialReliability);
        _sender.OnPeerWindow(receiveWindow);
        _nextPeerRequest = initialTsn;
        _receiver?.Clear();
        _receiver = new DataReceiver(_options, SerialNumber.Start(initialTsn), IsInterleaving, _peerIsDcsctp, _events);
        _receiver.Tuner.OnRoundTripTime(_pathRoundTripTime);
    }

    private void EnterEstablished(Timestamp now)
    {
        _peerCookie = [];
        _initPending = _cookieEchoPending = false;
        _handshakeTries = 0;
        _rtt.ResetBackoff();
        _timers.Stop(SctpTimer.Handshake);
        SetState(SctpState.Established);
        _sender.OnEstablished(now);
        ScheduleHeartbeat(now);
        StartResets(now);
    }
}
