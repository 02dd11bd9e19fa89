using System.Buffers;
using System.Net.WebSockets;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Registry;

namespace PeerProxy.Signaling.Connections;

/// <summary>One socket of the node: reads whole messages, queues what is to be sent, and knows its own limits.</summary>
/// <remarks>
/// A quiet socket holds no buffer, no timer and no running task: reading waits with an empty buffer, the sender runs only while something is queued,
/// and the <see cref="ConnectionMonitor"/> looks after all clocks. The reading side is single-threaded; <see cref="Refuse"/>, <see cref="Close"/> and
/// <see cref="Abort"/> may be called from anywhere. There are tens of thousands of these, so its lock is on itself, and what only some need is made when they do.
/// </remarks>
internal sealed partial class SignalingConnection
{
    private const int FirstBufferBytes = 4096;

    private readonly WebSocket _socket;
    private readonly Action? _abort;
    private readonly SocketTerms _terms;
    private readonly PeerId _peer;
    private TokenBucket _messages;
    private TokenBucket _bytes;
    private TokenBucket _offers;
    private int _violations;

    /// <param name="nonce">The nonce of this socket's challenge.</param>
    /// <param name="id">Visitor id; for an agent an id of the socket, until it registers.</param>
    /// <param name="peer">The agent a visitor asks for; null for an agent's socket.</param>
    /// <param name="socket">The open WebSocket.</param>
    /// <param name="abort">Cuts the underlying connection; null when the WebSocket's own abort does.</param>
    /// <param name="address">The place under its address.</param>
    /// <param name="terms">What it has in common with all others.</param>
    public SignalingConnection(string id, string nonce, PeerId? peer, WebSocket socket, Action? abort, AddressLease address, SocketTerms terms)
    {
        Id = id;
        Nonce = nonce;
        _peer = peer.GetValueOrDefault();
        _socket = socket;
        _abort = abort;
        Address = address;
        _terms = terms;
        var now = terms.Time.GetTimestamp();
        var limits = terms.Limits;
        OpenedAt = now;
        _lastReceived = now;
        _messages = new TokenBucket(IsVisitor ? limits.VisitorMessages : limits.AgentMessages, now);
        _bytes = new TokenBucket(IsVisitor ? limits.VisitorBytes : limits.AgentBytes, now);
        _offers = new TokenBucket(IsVisitor ? limits.VisitorOffers : limits.AgentOffers, now);
    }

    /// <summary>Unique over all nodes and time.</summary>
    public string Id { get; }

    /// <summary>The agent this visitor asks for; null for agents.</summary>
    public PeerId? Peer => IsVisitor ? _peer : null;

    public bool IsVisitor => _peer != default;

    public AddressLease Address { get; }

    /// <summary>The nonce of this socket's challenge; empty once an agent has registered with it.</summary>
    public string Nonce { get; private set; }

    /// <summary>What an agent has registered; null until then.</summary>
    public PeerRegistration? Registration { get; private set; }

    /// <summary>The id other connections know this one by: the peer id of a registered agent, or the visitor id.</summary>
    public string PublicId => Registration?.Id.Value ?? Id;

    /// <summary>Notes a registration; there is one per socket.</summary>
    public void Register(PeerRegistration registration)
    {
        Registration = registration;
        Nonce = "";
    }

    /// <summary>Completes when there is something to read; nothing is held until then.</summary>
    public ValueTask<ValueWebSocketReceiveResult> WaitAsync() => _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);

    /// <summary>Counts a broken or refused message; closes the socket when there were too many.</summary>
    public void AddViolation()
    {
        if (++_violations == _terms.Limits.Violations)
        {
            _terms.CutOff(this, CutOffReason.Violations);
            Close(WebSocketCloseStatus.PolicyViolation, "too many refused messages");
        }
    }

    /// <summary>Whether this visitor may offer once more, or one more offer may go to this agent. Thread-safe.</summary>
    public bool TryTakeOffer()
    {
        lock (this)
        {
            return _offers.TryTake(1, IsVisitor ? _terms.Limits.VisitorOffers : _terms.Limits.AgentOffers, _terms.Time.GetTimestamp(), _terms.Time);
        }
    }

    /// <summary>Reads one message and calls the handler if it is within the limits. One at a time.</summary>
    /// <param name="part">What <see cref="WaitAsync"/> gave.</param>
    /// <param name="handle">Gets the message; valid until it returns.</param>
    /// <returns>False when the client closes.</returns>
    public async ValueTask<bool> ReadAsync(ValueWebSocketReceiveResult part, Func<SignalingConnection, ReadOnlyMemory<byte>, ValueTask> handle)
    {
        if (part.MessageType == WebSocketMessageType.Close)
        {
            Close(WebSocketCloseStatus.NormalClosure, null);
            return false;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        try
        {
            var length = 0;
            while (!part.EndOfMessage)
            {
                if (length == buffer.Length)
                {
                    buffer = Grow(buffer);
                }
                part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    Close(WebSocketCloseStatus.NormalClosure, null);
                    return false;
                }
                length += part.Count;
                if (IsClosing || length > SignalingLimits.MaxMessageBytes)
                {
                    if (!IsClosing)
                    {
                        Refuse(SignalingErrorCode.TooLarge);
                        Close(WebSocketCloseStatus.MessageTooBig, "64 KiB");
                    }
                    // What follows is read and dropped until the client closes or the monitor cuts it off; a reset would lose the error.
                    length = 0;
                }
            }
            _lastReceived = _terms.Time.GetTimestamp();
            if (IsClosing)
            {
                return true;
            }
            if (part.MessageType != WebSocketMessageType.Text)
            {
                Refuse(SignalingErrorCode.BadMessage);
                AddViolation();
                return true;
            }
            if (!_messages.TryTake(1, IsVisitor ? _terms.Limits.VisitorMessages : _terms.Limits.AgentMessages, _lastReceived, _terms.Time)
                || !_bytes.TryTake(length, IsVisitor ? _terms.Limits.VisitorBytes : _terms.Limits.AgentBytes, _lastReceived, _terms.Time))
            {
                Refuse(SignalingErrorCode.RateLimited);
                AddViolation();
                return true;
            }
            HasSpoken = true;
            await handle(this, buffer.AsMemory(0, length)).ConfigureAwait(false);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
