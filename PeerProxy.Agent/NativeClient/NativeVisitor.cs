using System.Buffers.Text;
using System.Net.WebSockets;
using System.Security.Cryptography;
using PeerProxy.Agent.Signaling;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.NativeClient;

/// <summary>A visitor without a browser: signaling, our own WebRTC stack as offerer, and the tunnel. For load tests, tests, and native clients.</summary>
public sealed class NativeVisitor : IAsyncDisposable
{
    private readonly IPeerConnection _connection;
    private readonly ClientWebSocket _socket;
    private readonly Task _signaling;

    private NativeVisitor(IPeerConnection connection, TunnelClient tunnel, ClientWebSocket socket, Task signaling)
    {
        _connection = connection;
        Tunnel = tunnel;
        _socket = socket;
        _signaling = signaling;
    }

    public TunnelClient Tunnel { get; }

    public IPeerConnection Connection => _connection;

    /// <summary>Connects to an agent.</summary>
    /// <param name="transport">
    /// The stack. Visits to one agent at the same time, or right after each other, need one each: between two sockets no DTLS handshake can be told from
    /// another, and the agent may not have ended the visit before when the next begins.
    /// </param>
    /// <param name="server">The signaling service.</param>
    /// <param name="peerId">The agent's id.</param>
    /// <param name="keyHash">What the answer's key must hash to; null: any key.</param>
    /// <param name="session">The key of a visitor session, which keeps its cookies; null: none.</param>
    /// <exception cref="PeerConnectionException">No connection, or not with the right agent.</exception>
    public static async Task<NativeVisitor> ConnectAsync(
        IPeerTransport transport, Uri server, string peerId, string? keyHash = null, AgentKey? session = null, CancellationToken cancellationToken = default)
    {
        var socket = new ClientWebSocket();
        var connection = transport.CreateConnection(new PeerConnectionOptions());
        try
        {
            var url = new UriBuilder(SignalingClientOptions.ToSocketUrl(server)) { Query = "peer=" + Uri.EscapeDataString(peerId) };
            await socket.ConnectAsync(url.Uri, cancellationToken).ConfigureAwait(false);
            var channels = TunnelChannels.Open(connection);
            var offer = await connection.CreateOfferAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
            SdpFingerprint.TryRead(offer, out var ownFingerprint);
            var proof = session is null ? null : new SessionProof(session.PublicKey, session.Sign(SignedStatements.Session(peerId, nonce, ownFingerprint!)));
            await SendAsync(socket, peerId, new OfferPayload(offer, nonce, proof), cancellationToken).ConfigureAwait(false);
            var answer = await ReadAnswerAsync(socket, cancellationToken).ConfigureAwait(false);
            Verify(answer, peerId, nonce, ownFingerprint!, keyHash);
            await connection.AcceptAnswerAsync(answer.Sdp, cancellationToken).ConfigureAwait(false);
            var signaling = PumpAsync(socket, connection);
            await connection.Connected.WaitAsync(cancellationToken).ConfigureAwait(false);
            var tunnel = new TunnelClient(channels.Control, channels.Streams, new TunnelConnectionOptions { RoundTripTime = () => connection.SelectedPath?.RoundTripTime });
            return new NativeVisitor(connection, tunnel, socket, signaling);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Tunnel.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _socket.Abort();
        await _signaling.ConfigureAwait(false);
        _socket.Dispose();
    }

    private static void Verify(AnswerPayload answer, string peerId, string nonce, string ownFingerprint, string? keyHash)
    {
        if (!PeerPublicKey.TryParse(answer.PublicKey, out var key))
        {
            throw new PeerConnectionException("The agent's key is malformed.");
        }

        using (key)
        {
            if ((keyHash is not null && key.KeyHash != keyHash)
                || !SdpFingerprint.TryRead(answer.Sdp, out var agentFingerprint)
                || !SignedStatements.VerifyAnswer(key, answer.Signature, peerId, nonce, ownFingerprint, agentFingerprint))
            {
                throw new PeerConnectionException("The answer is not from the agent that the link names.");
            }
        }
    }

    private static async Task<AnswerPayload> ReadAnswerAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await ReadAsync(socket, cancellationToken).ConfigureAwait(false))
            {
                case AnswerPayload answer:
                    return answer;
                case ErrorPayload error:
                    throw new PeerConnectionException($"{error.Code}: {error.Message}");
                case null:
                    throw new PeerConnectionException("The signaling service closed the connection before the answer.");
            }
        }
    }

    private static async Task<SignalingPayload?> ReadAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[SignalingLimits.MaxMessageBytes];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (part.EndOfMessage && SignalingCodec.TryRead(buffer.AsSpan(0, length), out var envelope, out _))
            {
                return envelope!.Payload;
            }
        }
    }

    private static Task SendAsync(ClientWebSocket socket, string peerId, SignalingPayload payload, CancellationToken cancellationToken) =>
        socket.SendAsync(SignalingCodec.Write(new SignalingEnvelope(payload, Recipient: peerId)), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>Takes the agent's candidates and answers pings for as long as the socket lives. The session does not depend on it once it is connected.</summary>
    private static async Task PumpAsync(ClientWebSocket socket, IPeerConnection connection)
    {
        try
        {
            while (await ReadAsync(socket, CancellationToken.None).ConfigureAwait(false) is { } payload)
            {
                switch (payload)
                {
                    case CandidatePayload candidate:
                        connection.AddRemoteCandidate(candidate.Candidate);
                        break;
                    case PingPayload ping:
                        await socket.SendAsync(
                            SignalingCodec.Write(new SignalingEnvelope(new PongPayload(ping.T))), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The socket was closed.
        }
    }
}
