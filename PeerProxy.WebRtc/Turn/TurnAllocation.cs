using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Turn;

/// <summary>A relayed address at a TURN server, shared by all peers (RFC 8656). Sans-IO and single-threaded; one object per client socket or stream.</summary>
/// <remarks>
/// Everything the server sends goes to <see cref="TryUnwrap"/> first, then to <see cref="Handle"/>. Drain <see cref="TryPollTransmit"/> (to the
/// server) and <see cref="TryPollEvent"/> after each call, and call <see cref="HandleTimeout"/> at <see cref="NextDeadline"/>.
/// <code>
/// if (turn.TryUnwrap(datagram, out var peer, out var payload)) { Deliver(peer, payload); }
/// else { turn.Handle(datagram, now); }
/// ...
/// if (turn.TryWrap(peer, payload, buffer, now, out int length)) { SendToServer(buffer[..length]); }
/// Drain();
/// </code>
/// Sending to a peer asks for its permission by itself, and for a channel once the peer is used much.
/// </remarks>
public sealed partial class TurnAllocation
{
    /// <summary>What a channel costs per datagram; plus up to 3 bytes of padding on streams.</summary>
    public const int ChannelOverhead = ChannelData.HeaderSize;

    /// <summary>What a Send indication to an IPv4 peer costs, plus up to 3 bytes of padding.</summary>
    public const int IndicationOverhead = 36;

    private readonly TurnOptions _options;
    private readonly IRandomSource _random;
    private readonly List<TurnTransaction> _transactions = [];
    private readonly Queue<byte[]> _outbox = [];
    private readonly Queue<TurnEvent> _events = [];
    private TurnCredentials _credentials;
    private Timestamp _refreshAt = Timestamp.Never;
    private Timestamp _now;
    private bool _mismatchCleared;
    private Timestamp _nextDeadline;
    private bool _deadlineIsStale = true;

    public TurnAllocation(TurnOptions options, IRandomSource random, Timestamp now)
    {
        _options = options;
        _random = random;
        _credentials = options.Credentials;
        _now = now;
        Begin(new TurnTransaction(StunMethod.Allocate) { Lifetime = options.Lifetime }, now);
    }

    public TurnState State { get; private set; }

    public TurnFailure Failure { get; private set; }

    /// <summary>The address peers send to; null until <see cref="TurnEventKind.Allocated"/>.</summary>
    public TransportAddress? RelayedAddress { get; private set; }

    /// <summary>This client as the server sees it: a server-reflexive address when the server is reached by UDP.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> wants to be called.</summary>
    public Timestamp NextDeadline
    {
        get
        {
            if (_deadlineIsStale)
            {
                _nextDeadline = ComputeDeadline();
                _deadlineIsStale = false;
            }

            return _nextDeadline;
        }
    }

    /// <summary>Takes an answer of the server.</summary>
    /// <returns>True when it belongs to an open request.</returns>
    public bool Handle(ReadOnlySpan<byte> message, Timestamp now)
    {
        _now = now;
        _deadlineIsStale = true;
        return StunMessageReader.TryParse(message, out StunMessageReader response) && HandleResponse(response, now);
    }

    public void HandleTimeout(Timestamp now)
    {
        _now = now;
        _deadlineIsStale = true;
        Retransmit(now);
        if (State != TurnState.Ready)
        {
            return;
        }

        if (now >= _refreshAt)
        {
            _refreshAt = Timestamp.Never;
            Begin(new TurnTransaction(StunMethod.Refresh) { Lifetime = _options.Lifetime }, now);
        }

        RenewPeers(now);
    }

    /// <summary>Writes the next message for the server.</summary>
    /// <param name="destination">2 KB are always enough. A message that does not fit is dropped, as the network might.</param>
    public bool TryPollTransmit(Span<byte> destination, out int length)
    {
        RequestPermissions(_now);
        while (_outbox.TryDequeue(out byte[]? message))
        {
            if (message.AsSpan().TryCopyTo(destination))
            {
                length = message.Length;
                return true;
            }
        }

        length = 0;
        return false;
    }

    public bool TryPollEvent(out TurnEvent turnEvent) => _events.TryDequeue(out turnEvent);

    /// <summary>Uses other credentials from the next request on. When the server ties the allocation to the old ones,
    /// <see cref="TurnEventKind.ReallocationNeeded"/> follows and this allocation goes on with those.</summary>
    public void UpdateCredentials(TurnCredentials credentials, Timestamp now)
    {
        _now = now;
        if (_credentials == credentials)
        {
            return;
        }

        _previousCredentials = _credentials;
        _credentials = credentials;
        if (State == TurnState.Ready)
        {
            // Ask now, while the old ones still work.
            Begin(new TurnTransaction(StunMethod.Refresh) { Lifetime = _options.Lifetime }, now);
        }
    }

    /// <summary>Gives the allocation back (a Refresh with lifetime 0).</summary>
    public void Close(Timestamp now)
    {
        _now = now;
        switch (State)
        {
            case TurnState.Ready:
                State = TurnState.Closing;
                _transactions.Clear();
                Begin(new TurnTransaction(StunMethod.Refresh) { Lifetime = TimeSpan.Zero }, now);
                break;
            case TurnState.Allocating:
                End(TurnState.Closed, TurnEventKind.Closed);
                break;
            default:
                break;
        }
    }

    private Timestamp ComputeDeadline()
    {
        Timestamp deadline = State == TurnState.Ready ? Timestamp.Min(_refreshAt, PeersDeadline()) : Timestamp.Never;
        foreach (TurnTransaction transaction in _transactions)
        {
            deadline = Timestamp.Min(deadline, transaction.NextTryAt);
        }

        return deadline;
    }

    private void Fail(in TurnFailure failure)
    {
        Failure = failure;
        End(TurnState.Failed, TurnEventKind.Failed);
    }

    private void End(TurnState state, TurnEventKind kind)
    {
        _deadlineIsStale = true;
        State = state;
        _transactions.Clear();
        _outbox.Clear();
        ForgetPeers();
        AddEvent(new TurnEvent(kind));
    }

    private void AddEvent(in TurnEvent turnEvent)
    {
        if (_events.Count < MaxQueuedEvents)
        {
            _events.Enqueue(turnEvent);
        }
    }

    /// <summary>Only a driver that never drains gets here.</summary>
    private const int MaxQueuedEvents = 256;
}
