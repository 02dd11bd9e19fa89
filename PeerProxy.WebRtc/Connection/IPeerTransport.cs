using System.Buffers;

namespace PeerProxy.WebRtc.Connection;

/// <summary>The seam between a WebRTC stack and its user: makes peer connections that share sockets, clock and loop.</summary>
public interface IPeerTransport : IAsyncDisposable
{
    /// <summary>SHA-256 fingerprint of this transport's DTLS certificate, as in SDP: upper-case hex pairs joined by colons, no algorithm name.</summary>
    string LocalFingerprint { get; }

    IPeerConnection CreateConnection(PeerConnectionOptions options);

    /// <summary>Begins to use these STUN and TURN servers now, so that their candidates are known when the first connection needs them. Listing a
    /// TURN server again with other credentials renews them. A stack that gathers per connection does nothing here.</summary>
    void UseServers(IReadOnlyList<IceServer> servers)
    {
    }
}

/// <summary>One session with one remote peer: ICE, DTLS, SCTP and the data channels on it. All members are thread-safe.</summary>
public interface IPeerConnection : IAsyncDisposable
{
    PeerConnectionState State { get; }

    /// <summary>Completes when DTLS has verified the remote fingerprint and SCTP is up; faults with <see cref="PeerConnectionException"/> when that fails.</summary>
    Task Connected { get; }

    /// <summary>Completes (never faults) when the connection is closed or has failed for good.</summary>
    Task<PeerConnectionCloseReason> Closed { get; }

    /// <summary>The path in use; null before one is found. A snapshot.</summary>
    SelectedPathInfo? SelectedPath { get; }

    /// <summary>Answers a remote offer; all local candidates known by now are in the answer. Also takes a later offer (ICE restart).</summary>
    /// <exception cref="PeerConnectionException">The SDP cannot be used; the message says which line.</exception>
    Task<string> AcceptOfferAsync(string offerSdp, CancellationToken cancellationToken = default);

    Task<string> CreateOfferAsync(bool iceRestart = false, CancellationToken cancellationToken = default);

    Task AcceptAnswerAsync(string answerSdp, CancellationToken cancellationToken = default);

    /// <summary>Takes one trickled candidate ("candidate:..." or "a=candidate:..."); null or empty means end-of-candidates (RFC 8838). Unusable lines are ignored.</summary>
    void AddRemoteCandidate(string? candidate);

    /// <summary>Local candidates found after the description was made (RFC 8838 trickle); null for end-of-candidates.</summary>
    event Action<string?>? LocalCandidateFound;

    /// <summary>Opens a channel; pre-negotiated ones (an id is given) may be opened before the connection is up.</summary>
    IDataChannel OpenChannel(DataChannelOptions options);

    /// <summary>Tells while data comes in, at most four times a second. Raised on the loop: do not block. A stack that does not count raises nothing.</summary>
    event Action<ReceiveProgress>? Receiving
    {
        add { }
        remove { }
    }

    /// <summary>A channel the remote side opened by DCEP (RFC 8832). Raised on the loop: hand over, do not block.</summary>
    event Action<IDataChannel>? ChannelOpened;
}

/// <summary>A message-oriented channel (RFC 8831).</summary>
public interface IDataChannel
{
    string Label { get; }

    /// <summary>SCTP stream id; null until assigned.</summary>
    ushort? Id { get; }

    /// <summary>Completes when messages can flow.</summary>
    Task Opened { get; }

    /// <summary>Completes (never faults) when the channel, or the connection under it, is closed.</summary>
    Task Closed { get; }

    /// <summary>Bytes accepted for sending and not yet acknowledged by the remote side.</summary>
    long BufferedAmount { get; }

    /// <summary>Sends one message of at most the remote side's max-message-size. Completes once the message is copied and the amount queued but
    /// not yet sent is under the late-binding limit, so awaiting it is the back-pressure. Calls are sent in the order they were made.</summary>
    /// <exception cref="PeerConnectionException">The channel or the connection is closed, or the message is too large.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> message, bool isText = false, CancellationToken cancellationToken = default);

    /// <summary>Sends one binary message that, on an unordered channel, overtakes less urgent ones that wait; a stack that knows no urgency sends it in turn.</summary>
    /// <param name="urgency">0 (first) to 7 (last), as RFC 9218; other messages have 3.</param>
    /// <exception cref="PeerConnectionException">The channel or the connection is closed, or the message is too large.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> message, byte urgency, CancellationToken cancellationToken = default) => SendAsync(message, isText: false, cancellationToken);

    /// <summary>A size for messages of large bodies, in bytes: a message that was begun holds up more urgent ones, so this takes the path a few milliseconds.</summary>
    int PreferredMessageBytes => 64 * 1024;

    /// <summary>The next message, or null once the channel is closed and drained. The caller disposes the message. One reader at a time.
    /// Messages not yet read count against the SCTP receive window.</summary>
    ValueTask<DataChannelMessage?> ReceiveAsync(CancellationToken cancellationToken = default);

    /// <summary>Closes this channel cleanly (RFC 6525 stream reset): what was accepted before is still delivered.</summary>
    ValueTask CloseAsync();
}

/// <summary>A received message in a pooled buffer; dispose to give it back.</summary>
public sealed class DataChannelMessage(IMemoryOwner<byte> owner, int length, bool isText) : IDisposable
{
    public ReadOnlyMemory<byte> Data => owner.Memory[..length];

    public bool IsText { get; } = isText;

    public void Dispose() => owner.Dispose();
}

/// <summary>How a channel is opened.</summary>
public sealed class DataChannelOptions
{
    public string Label { get; init; } = "";

    public string Protocol { get; init; } = "";

    /// <summary>Pre-negotiated stream id, 0..65534 (both sides open it with the same id); null: the id is chosen and announced by DCEP.</summary>
    public ushort? NegotiatedId { get; init; }

    public bool Ordered { get; init; } = true;

    /// <summary>Partial reliability: retransmissions per message; null is reliable.</summary>
    public ushort? MaxRetransmits { get; init; }

    /// <summary>Partial reliability: lifetime of a message; null is reliable. Excludes <see cref="MaxRetransmits"/>.</summary>
    public TimeSpan? MaxPacketLifeTime { get; init; }
}

/// <summary>Settings of one connection.</summary>
public sealed class PeerConnectionOptions
{
    /// <summary>STUN and TURN servers; empty: host candidates only.</summary>
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>Use relayed candidates only.</summary>
    public bool RelayOnly { get; init; }

    /// <summary>Give up when not connected by then. Default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>A STUN or TURN server as in RTCIceServer: "stun:host:port", "turn:host:port?transport=udp", "turns:...".</summary>
public sealed record IceServer(string Url, string? Username = null, string? Credential = null);

/// <summary>Life of a connection, as RTCPeerConnectionState.</summary>
public enum PeerConnectionState
{
    /// <summary>Nothing was exchanged yet.</summary>
    New,

    /// <summary>Looking for a path, or securing it.</summary>
    Connecting,

    /// <summary>Channels can be used.</summary>
    Connected,

    /// <summary>The path went silent; it may come back, or an ICE restart may find another.</summary>
    Disconnected,

    /// <summary>Given up; final.</summary>
    Failed,

    /// <summary>Closed by either side; final.</summary>
    Closed,
}

/// <summary>Why a connection ended.</summary>
public enum PeerConnectionCloseReason
{
    ClosedLocally,
    ClosedByPeer,
    ConnectTimeout,
    PathLost,
    FingerprintMismatch,
    HandshakeFailed,
    ProtocolViolation,
}

/// <summary>What is known of the path in use.</summary>
/// <param name="IsRelayed">True when either end uses a TURN relay that we can see.</param>
public sealed record SelectedPathInfo(string Local, string Remote, bool IsRelayed, TimeSpan RoundTripTime);

/// <summary>A connection or channel cannot do what was asked.</summary>
public sealed class PeerConnectionException(string message, Exception? inner = null) : Exception(message, inner);
