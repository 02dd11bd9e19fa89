using PeerProxy.WebRtc.Sctp.Receive;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.WebRtc.Sctp;

/// <summary>One SCTP association over DTLS (RFC 9260, 8261), without IO: packets, time and randomness come in by calls.</summary>
/// <remarks>
/// Single-threaded. After every mutation (<see cref="Handle"/>, <see cref="HandleTimeout"/>, a command) drain it:
/// <code>
/// while (association.TryPollPacket(now, buffer, out int written)) { transmit(buffer[..written]); }
/// while (association.TryPollEvent(out SctpEvent e)) { react(e); }
/// wait until a packet comes or association.NextDeadline passes;
/// association.Handle(packet, now)  or  association.HandleTimeout(now);
/// </code>
/// Poll packets after each <see cref="Handle"/>, not once per batch: browsers grow their window per SACK.
/// Bytes of the peer never throw: what is malformed is dropped and counted.
/// </remarks>
public sealed partial class SctpAssociation
{
    private readonly SctpOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<SctpEvent> _events = new();
    private readonly SctpTimers _timers = new();
    private readonly RttEstimator _rtt = new();
    private readonly SctpFeatures _localFeatures;
    private DataSender _sender;
    private DataReceiver? _receiver;
    private uint _localTag;
    private uint _localInitialTsn;
    private uint _peerTag;
    private uint _peerInitialTsn;
    private SctpFeatures _features;
    private ushort _outboundStreams;
    private bool _sendZeroChecksum;
    private bool _peerIsDcsctp;
    private Timestamp _pacingDeadline = Timestamp.Never;
    private TimeSpan _pathRoundTripTime;

    private long _packetsSent;
    private long _packetsReceived;
    private long _packetsDiscarded;

    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public SctpAssociation(SctpOptions options, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PacketSize, SctpOptions.MinimumPacketSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPacketSize, options.PacketSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxMessageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ReceiveWindow, options.PacketSize * 2);
        ArgumentOutOfRangeException.ThrowIfZero(options.MaxStreams);
        _options = options;
        _random = random;
        _outboundStreams = options.MaxStreams;
        _localFeatures = SctpFeatures.PartialReliability | SctpFeatures.StreamReset | SctpFeatures.Padding
            | (options.OfferInterleaving ? SctpFeatures.Interleaving : SctpFeatures.None)
            | (options.OfferZeroChecksum ? SctpFeatures.ZeroChecksum : SctpFeatures.None);
        _localTag = NewTag();
        _localInitialTsn = random.NextUInt32();
        MaxPacketSize = options.PacketSize;
        _sender = new DataSender(options, _timers, _rtt, _localInitialTsn, _events) { PartialReliability = true };
        _nextRequest = _localInitialTsn;
        _mtu = new PathMtuProber(options.PacketSize, options.MaxPacketSize);
    }

    public SctpState State { get; private set; }

    /// <summary>Largest SCTP packet sent now, in bytes; path MTU discovery raises it. Destinations for <see cref="TryPollPacket"/> should hold
    /// <see cref="SctpOptions.MaxPacketSize"/> bytes so that probes can go.</summary>
    public int MaxPacketSize { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> (and a poll) is due; <see cref="Timestamp.Never"/> when nothing waits for time.</summary>
    public Timestamp NextDeadline => State == SctpState.Ended
        ? Timestamp.Never
        : Timestamp.Min(Timestamp.Min(_timers.Next, _pacingDeadline), _receiver?.SackDeadline ?? Timestamp.Never);

    /// <summary>Bytes of accepted messages not yet sent.</summary>
    public int QueuedBytes => _sender.QueuedBytes;

    /// <summary>Bytes of accepted messages not yet acknowledged, sent or not.</summary>
    public long UnacknowledgedBytes => _sender.UnacknowledgedBytes;

    /// <summary>How many queued bytes keep the path busy until the next poll: hold more than this back for late binding.</summary>
    public int QueueTargetBytes => _sender.QueueTargetBytes;

    /// <summary>Messages of large bodies of at most this size hold up more urgent ones for a few milliseconds only.</summary>
    public int PreferredMessageBytes => _sender.PreferredMessageBytes;

    /// <summary>Streams we may send on: our offer until the handshake is done, then also what the peer takes.</summary>
    public ushort OutboundStreams => _outboundStreams;

    // Bits by hand: HasFlag allocates where its caller is not optimized yet, and each packet asks.

    /// <summary>Message interleaving (RFC 8260) is in use.</summary>
    public bool IsInterleaving => (_features & SctpFeatures.Interleaving) != 0;

    /// <summary>The peer can reset streams (RFC 6525).</summary>
    public bool CanResetStreams => (_features & SctpFeatures.StreamReset) != 0;

    public SctpStatistics Statistics => new()
    {
        CongestionWindow = _sender.Congestion.CongestionWindow,
        BytesInFlight = _sender.Ring.BytesInFlight,
        PacingRate = _sender.Congestion.PacingRate,
        DeliveryRate = _sender.Congestion.DeliveryRate,
        SmoothedRoundTripTime = _rtt.Smoothed,
        MinimumRoundTripTime = _rtt.Minimum,
        RetransmissionTimeout = _rtt.Timeout,
        PeerReceiveWindow = _sender.PeerWindow,
        LocalReceiveWindow = _receiver?.AdvertisedWindow ?? _options.ReceiveWindow,
        HeldReceiveBytes = _receiver?.HeldBytes ?? 0,
        MaxPacketSize = MaxPacketSize,
        PacketsSent = _packetsSent,
        PacketsReceived = _packetsReceived,
        PacketsDiscarded = _packetsDiscarded,
        DataChunksSent = _sender.DataChunksSent,
        DataBytesSent = _sender.DataBytesSent,
        ChunksRetransmitted = _sender.ChunksRetransmitted,
        ChunksLost = _sender.ChunksLost,
        SpuriousRetransmits = _sender.SpuriousRetransmits,
        RetransmissionTimeouts = _sender.Timeouts,
        TailProbes = _sender.TailProbes,
        DataBytesReceived = _receiver?.DataBytesReceived ?? 0,
        DataChunksReceived = _receiver?.DataChunksReceived ?? 0,
        HolesReceived = _receiver?.HolesReceived ?? 0,
        IsReceivePathQueued = _receiver?.Tuner.IsQueued ?? false,
        DuplicatesReceived = _receiver?.DuplicatesReceived ?? 0,
        SacksSent = _receiver?.SacksSent ?? 0,
        SacksReceived = _sender.SacksReceived,
        CongestionState = _sender.Congestion.Description,
    };

    internal DataSender Sender => _sender;

    internal uint LocalTag => _localTag;

    internal DataReceiver? Receiver => _receiver;

    public bool TryPollEvent(out SctpEvent e) => _events.TryDequeue(out e);

    /// <summary>Queues one message (1 byte or more, at most <see cref="SctpOptions.MaxMessageSize"/>), also before the handshake is done. The message is copied.</summary>
    /// <returns>False when the queue is full, the association is closing, the stream does not exist or is being reset, or the length is out of range.</returns>
    public bool TrySend(ushort streamId, uint payloadProtocol, ReadOnlySpan<byte> message, in SctpSendOptions options, Timestamp now)
    {
        bool open = State is SctpState.Closed or SctpState.CookieWait or SctpState.CookieEchoed or SctpState.Established;
        if (!open || streamId >= _outboundStreams || message.IsEmpty || message.Length > _options.MaxMessageSize)
        {
            return false;
        }

        return _sender.TryAdd(streamId, payloadProtocol, message, options, now);
    }

    /// <summary>Bytes of accepted messages of this urgency or a more urgent one not yet sent.</summary>
    public int GetQueuedBytesUpTo(byte urgency) => _sender.Queue.GetQueuedBytesUpTo(urgency);

    /// <summary>Bytes accepted on a stream and not yet sent.</summary>
    public long GetQueuedBytes(ushort streamId) => _sender.Queue.Find(streamId)?.QueuedBytes ?? 0;

    /// <summary>Bytes accepted on a stream and not yet acknowledged.</summary>
    public long GetUnacknowledgedBytes(ushort streamId) => _sender.Queue.Find(streamId)?.UnacknowledgedBytes ?? 0;

    /// <summary>A <see cref="SctpEventKind.BufferedAmountLow"/> is told when the stream's queued bytes fall from above to at most this. Default 0.</summary>
    public void SetBufferedAmountLowThreshold(ushort streamId, long bytes) => _sender.Queue.Get(streamId).LowThreshold = bytes;

    /// <summary>The user consumed received messages: their <see cref="SctpEvent.WindowBytes"/> open the receive window again.</summary>
    public void ReleaseReceived(int windowBytes, Timestamp now) => _receiver?.Release(windowBytes, now);

    /// <summary>Round trip time of the path as ICE checks measure it; seeds timers and the initial pacing rate.</summary>
    public void OnPathRoundTripTime(TimeSpan roundTripTime, Timestamp now)
    {
        _pathRoundTripTime = roundTripTime;
        _sender.OnPathRoundTripTime(roundTripTime, now);
        _receiver?.Tuner.OnRoundTripTime(roundTripTime);
    }

    /// <summary>Packets now take another path: its rate, round trip time and MTU are learnt anew, what is in flight is probed at once.</summary>
    public void OnPathChanged(Timestamp now)
    {
        SetPacketSize(_options.PacketSize, now);
        _mtu.Reset();
        _timers.Stop(SctpTimer.MtuProbe);
        _sender.OnPathChanged(now);
        if (_pathRoundTripTime > TimeSpan.Zero)
        {
            // The last measurement of ICE is a better start than none.
            _sender.OnPathRoundTripTime(_pathRoundTripTime, now);
        }

        RetryHandshake(now);
    }

    private void SetPacketSize(int bytes, Timestamp now)
    {
        MaxPacketSize = bytes;
        _sender.OnPacketSize(bytes, now);
    }

    private void SetState(SctpState state)
    {
        if (State != state)
        {
            State = state;
            _events.Enqueue(new SctpEvent { Kind = SctpEventKind.StateChanged, State = state });
        }
    }

    private void End(SctpCloseReason reason, string detail)
    {
        if (State == SctpState.Ended)
        {
            return;
        }

        SetState(SctpState.Ended);
        _timers.StopAll();
        _pacingDeadline = Timestamp.Never;
        _sender.Clear();
        _receiver?.Clear();
        _control.Clear();
        _events.Enqueue(new SctpEvent { Kind = SctpEventKind.Closed, State = State, CloseReason = reason, Detail = detail });
    }

    private uint NewTag()
    {
        uint tag;
        do
        {
            tag = _random.NextUInt32();
        }
        while (tag == 0);
        return tag;
    }
}
