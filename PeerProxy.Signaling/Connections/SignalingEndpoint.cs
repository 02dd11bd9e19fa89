using System.Buffers.Text;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Hosting;
using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Routing;
using PeerProxy.Signaling.Telemetry;
using PeerProxy.Signaling.Turn;

namespace PeerProxy.Signaling.Connections;

/// <summary>The WebSocket endpoint: admission, challenge, and the life of one socket.</summary>
internal sealed class SignalingEndpoint(
    NodeIdentity node, NodeLimits limits, AddressLimiter addresses, ConnectionTable connections, MessageHandler handler, AgentRegistrar registrar,
    TurnCredentialIssuer turn, DrainState drain, SignalingMetrics metrics, TimeProvider time, ILogger<SignalingEndpoint> logger)
{
    /// <summary>Path of the endpoint on every host of the edge.</summary>
    public const string Path = "/.peerproxy/signal";

    /// <summary>The query parameter of a visitor: the id it wants to reach. Agents have none.</summary>
    public const string PeerParameter = "peer";

    // One of each for all sockets.
    private SocketTerms? _terms;
    private Func<SignalingConnection, ReadOnlyMemory<byte>, ValueTask>? _onMessage;
    private int _served;

    /// <summary>Sockets whose end is not over yet; they leave <see cref="ConnectionTable"/> when it begins.</summary>
    public int Served => Volatile.Read(ref _served);

    public async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            context.Response.Headers.Upgrade = "websocket";
            return;
        }
        if (!TryReadPeer(context, out var peer))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        if (drain.IsDraining || connections.Count >= limits.Sockets)
        {
            metrics.Rejected(drain.IsDraining ? "draining" : "sockets");
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "1";
            return;
        }
        if (!addresses.TryEnter(context.Connection.RemoteIpAddress ?? IPAddress.None, out var lease))
        {
            metrics.Rejected("address");
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "5";
            return;
        }
        SignalingConnection connection;
        try
        {
            var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.Zero })
                .ConfigureAwait(false);
            connection = Open(socket, context.Abort, peer, lease);
        }
        catch
        {
            lease.Leave();
            throw;
        }
        await ServeAsync(connection).ConfigureAwait(false);
    }

    /// <summary>Takes a socket's place, if the node takes sockets and the address may have one more.</summary>
    public bool TryEnter(IPAddress address, out AddressLease lease)
    {
        lease = default;
        return !drain.IsDraining && connections.Count < limits.Sockets && addresses.TryEnter(address, out lease);
    }

    /// <summary>Makes a socket one of this node's.</summary>
    /// <param name="socket">The open WebSocket.</param>
    /// <param name="abort">Cuts the connection below it; null when the WebSocket's own abort does.</param>
    /// <param name="peer">The agent a visitor asks for; null for an agent.</param>
    /// <param name="lease">The place under its address.</param>
    public SignalingConnection Open(WebSocket socket, Action? abort, PeerId? peer, AddressLease lease) =>
        new(
            VisitorId.Create(node.Route).Value, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SignalingLimits.ChallengeNonceBytes)), peer, socket,
            abort, lease, _terms ??= new SocketTerms(limits, time, OnCutOff, metrics.Refused));

    /// <summary>The life of a socket, to its end. Never throws.</summary>
    /// <remarks>While the socket is quiet, the one wait in here is all that is kept of it.</remarks>
    public async Task ServeAsync(SignalingConnection connection)
    {
        try
        {
            Begin(connection);
            ValueWebSocketReceiveResult part;
            do
            {
                part = await connection.WaitAsync().ConfigureAwait(false);
            }
            while (await connection.ReadAsync(part, _onMessage ??= handler.HandleAsync).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // The client went away, or was cut off: both end a socket as well as a close frame does. Anything else is a fault of ours.
            if (e is not (WebSocketException or OperationCanceledException or IOException or ObjectDisposedException))
            {
                SignalingLog.Failed(logger, e);
            }
        }
        await EndAsync(connection).ConfigureAwait(false);
    }

    private void Begin(SignalingConnection connection)
    {
        Interlocked.Increment(ref _served);
        connections.Add(connection);
        metrics.Opened(connection.IsVisitor);
        SignalingLog.Opened(logger, connection.Id, connection.IsVisitor);
        connection.Send(new ChallengePayload(connection.Nonce, node.Route, SignalingLimits.Version));
        if (connection.IsVisitor)
        {
            connection.MarkServersIssued();
            connection.Send(turn.Issue(connection.Id));
        }
        // A socket accepted in the moment the drain began would otherwise never hear of it.
        if (drain.IsDraining)
        {
            drain.Tell(connection);
        }
    }

    private async ValueTask EndAsync(SignalingConnection connection)
    {
        try
        {
            connections.Remove(connection);
            metrics.Closed(connection.IsVisitor);
            await registrar.ReleaseAsync(connection).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            SignalingLog.Failed(logger, e);
        }
        await connection.FinishAsync().ConfigureAwait(false);
        connection.Address.Leave();
        SignalingLog.Closed(logger, connection.Id);
        Interlocked.Decrement(ref _served);
    }

    /// <summary>A visitor's id need not exist, but must be one that could.</summary>
    private static bool TryReadPeer(HttpContext context, out PeerId? peer)
    {
        peer = null;
        if (!context.Request.Query.TryGetValue(PeerParameter, out var values))
        {
            return true;
        }
        var isValid = PeerId.TryParse(values.ToString(), out var id);
        peer = id;
        return isValid;
    }

    private void OnCutOff(SignalingConnection connection, CutOffReason reason)
    {
        metrics.CutOff(reason);
        SignalingLog.CutOff(logger, connection.Id, reason);
    }
}
