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
/// Bytes of the peer never throw: what is malformed is dropped and counted.
/// </remarks>
public sealed partial class SctpAssociation
{
    private readonly SctpOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<SctpEvent> _events = new();

    public SctpAssociation(SctpOptions options, IRandomSource random)
    {
        _options = options;
        _random = random;
        MaxPacketSize = options.PacketSize;
    }

    public SctpState State { get; private set; }

    /// <summary>Largest SCTP packet sent now, in bytes; path MTU discovery raises it. Destinations for <see cref="TryPollPacket"/> should hold
    /// <see cref="SctpOptions.MaxPacketSize"/> bytes so that probes can go.</summary>
    public int MaxPacketSize { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> (and a poll) is due; <see cref="Timestamp.Never"/> when nothing waits for time.</summary>
    public Timestamp NextDeadline { get; private set; } = Timestamp.Never;

    /// <summary>Bytes of accepted messages not yet sent.</summary>
    public int QueuedBytes { get; private set; }

    /// <summary>Bytes of accepted messages not yet acknowledged, sent or not.</summary>
    public long UnacknowledgedBytes { get; private set; }

    /// <summary>How many queued bytes keep the path busy until the next poll: hold more than this back for late binding.</summary>
    public int QueueTargetBytes { get; private set; } = 64 * 1024;

    public SctpStatistics Statistics => new() { MaxPacketSize = MaxPacketSize, CongestionState = "" };

    /// <summary>Starts the handshake by INIT; both sides may. Without it the association waits for the peer's INIT.</summary>
    public void Connect(Timestamp now)
    {
        if (State == SctpState.Closed)
        {
            SetState(SctpState.CookieWait);
        }
    }

    /// <summary>Takes one SCTP packet, as it came out of DTLS.</summary>
    public void Handle(ReadOnlySpan<byte> packet, Timestamp now)
    {
    }

    /// <summary>Runs what <see cref="NextDeadline"/> announced; harmless when called early.</summary>
    public void HandleTimeout(Timestamp now)
    {
    }

    /// <summary>Writes the next packet. False when nothing may go now; <see cref="NextDeadline"/> then says when to ask again.</summary>
    public bool TryPollPacket(Timestamp now, Span<byte> destination, out int written)
    {
        written = 0;
        return false;
    }

    public bool TryPollEvent(out SctpEvent e) => _events.TryDequeue(out e);

    /// <summary>Queues one message (1 byte or more, at most <see cref="SctpOptions.MaxMessageSize"/>), also before the handshake is done. The message is copied.</summary>
    /// <returns>False when the queue is full, the association is closing, the stream does not exist or is being reset, or the length is out of range.</returns>
    public bool TrySend(ushort streamId, uint payloadProtocol, ReadOnlySpan<byte> message, in SctpSendOptions options, Timestamp now) => false;

    /// <summary>Bytes accepted on a stream and not yet sent.</summary>
    public long GetQueuedBytes(ushort streamId) => 0;

    /// <summary>Bytes accepted on a stream and not yet acknowledged.</summary>
    public long GetUnacknowledgedBytes(ushort streamId) => 0;

    /// <summary>A <see cref="SctpEventKind.BufferedAmountLow"/> is told when the stream's queued bytes fall from above to at most this. Default 0.</summary>
    public void SetBufferedAmountLowThreshold(ushort streamId, long bytes)
    {
    }

    /// <summary>The user consumed received messages: their <see cref="SctpEvent.WindowBytes"/> open the receive window again.</summary>
    public void ReleaseReceived(int windowBytes, Timestamp now)
    {
    }

    /// <summary>Round trip time of the path as ICE checks measure it; seeds timers and the initial pacing rate.</summary>
    public void OnPathRoundTripTime(TimeSpan roundTripTime, Timestamp now)
    {
    }

    /// <summary>Packets now take another path: its rate, round trip time and MTU are learnt anew, what is in flight is probed at once.</summary>
    public void OnPathChanged(Timestamp now)
    {
    }

    /// <summary>Ends in order: queued messages are delivered first, new ones are refused.</summary>
    public void Shutdown(Timestamp now)
    {
    }

    /// <summary>Ends at once; the peer gets an ABORT with the reason if it can be reached.</summary>
    public void Abort(Timestamp now, string reason)
    {
    }

    /// <summary>Resets our side of streams once what is queued on them is delivered (RFC 6525); the outcome comes as an event per stream.</summary>
    public void ResetStreams(ReadOnlySpan<ushort> streamIds, Timestamp now)
    {
    }

    private void SetState(SctpState state)
    {
        if (State != state)
        {
            State = state;
            _events.Enqueue(new SctpEvent { Kind = SctpEventKind.StateChanged, State = state });
        }
    }
}
