using System.Net.WebSockets;
using System.Text;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>A bare signaling socket: sends anything, reads message by message.</summary>
internal sealed class TestSocket : IAsyncDisposable
{
    /// <summary>Generous: two cores are shared with everything else that runs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[SignalingLimits.MaxMessageBytes];

    public ClientWebSocket Socket => _socket;

    public ChallengePayload Challenge { get; private set; } = null!;

    /// <summary>Opens a visitor's socket (with a peer) or an agent's, and reads the challenge.</summary>
    public static async Task<TestSocket> OpenAsync(Uri node, string? peer = null)
    {
        var test = new TestSocket();
        test._socket.Options.KeepAliveInterval = TimeSpan.Zero;
        test._socket.Options.CollectHttpResponseDetails = true;
        using var deadline = new CancellationTokenSource(Patience);
        await test._socket.ConnectAsync(UrlOf(node, peer), deadline.Token);
        test.Challenge = await test.ExpectAsync<ChallengePayload>();
        return test;
    }

    public static Uri UrlOf(Uri node, string? peer = null) =>
        new UriBuilder(node) { Scheme = "ws", Path = "/.peerproxy/signal", Query = peer is null ? "" : "peer=" + peer }.Uri;

    /// <summary>Opens an agent's socket and registers.</summary>
    public static async Task<(TestSocket Socket, IdAssignedPayload Assigned)> RegisterAsync(Uri node, AgentKey key, string? name, long epoch = 1)
    {
        var socket = await OpenAsync(node);
        await socket.RequestIdAsync(key, name, epoch);
        var assigned = await socket.ExpectAsync<IdAssignedPayload>();
        return (socket, assigned);
    }

    public Task RequestIdAsync(AgentKey key, string? name, long epoch = 1) => SendAsync(new IdRequestPayload(
        1, name, key.PublicKey, key.Sign(SignedStatements.Registration(Challenge.Nonce, name, epoch)), epoch));

    public Task SendAsync(SignalingPayload payload, string? recipient = null) =>
        SendRawAsync(SignalingCodec.Write(new SignalingEnvelope(payload, recipient)));

    public Task SendRawAsync(string text) => SendRawAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendRawAsync(byte[] bytes, WebSocketMessageType type = WebSocketMessageType.Text)
    {
        using var deadline = new CancellationTokenSource(Patience);
        await _socket.SendAsync(bytes, type, endOfMessage: true, deadline.Token);
    }

    /// <summary>The next message; null once the socket is closed, or was cut.</summary>
    public async Task<SignalingEnvelope?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        var length = 0;
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), deadline.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }
                length += part.Count;
                if (part.EndOfMessage)
                {
                    Assert.True(SignalingCodec.TryRead(_buffer.AsSpan(0, length), out var envelope, out var error), $"The node sent a message that reads as {error}.");
                    return envelope;
                }
            }
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    /// <summary>Reads on to the next message with this payload; the node's pings and ICE servers in between are skipped.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : SignalingPayload => (T)(await ExpectEnvelopeAsync<T>()).Payload;

    public async Task<SignalingEnvelope> ExpectEnvelopeAsync<T>()
        where T : SignalingPayload
    {
        while (await ReadAsync() is { } envelope)
        {
            if (envelope.Payload is T)
            {
                return envelope;
            }
            Assert.True(envelope.Payload is PingPayload or IceServersPayload, $"Expected {typeof(T).Name}, got {envelope.Payload}.");
        }
        throw new InvalidOperationException($"The socket closed while waiting for {typeof(T).Name}.");
    }

    public async Task<SignalingErrorCode> ExpectErrorAsync()
    {
        Assert.True(SignalingErrorInfo.TryParse((await ExpectAsync<ErrorPayload>()).Code, out var code));
        return code;
    }

    /// <summary>Reads until the socket ends, whatever comes.</summary>
    public async Task<WebSocketCloseStatus?> ReadToEndAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
        return _socket.CloseStatus;
    }

    /// <summary>A round trip: everything sent before has been handled.</summary>
    public async Task PingAsync()
    {
        await SendAsync(new PingPayload());
        await ExpectAsync<PongPayload>();
    }

    /// <summary>What the node has to say to the message just sent: an error, or null. Errors of other nodes come later and are not seen here.</summary>
    public async Task<ErrorPayload?> ReadAnswerAsync()
    {
        await SendAsync(new PingPayload());
        ErrorPayload? error = null;
        while (await ReadAsync() is { } envelope && envelope.Payload is not PongPayload)
        {
            error = envelope.Payload as ErrorPayload ?? error;
        }
        return error;
    }

    public static OfferPayload SampleOffer(string sdp = "v=0\r\n") => new(sdp, "AAAAAAAAAAAAAAAAAAAAAA");

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return default;
    }
}
