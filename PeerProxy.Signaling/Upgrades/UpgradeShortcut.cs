using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Hosting;
using PeerProxy.Signaling.Limits;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>Opens WebSockets before the HTTP server sees the connection, so that a socket that lives for days does not keep the state of a request.</summary>
/// <remarks>
/// Only a request of the usual kind that can be accepted goes this way. Every other one, and every refusal, is left to the HTTP server and
/// <see cref="SignalingEndpoint.HandleAsync"/>: nothing is taken from the connection before that is decided.
/// </remarks>
internal sealed class UpgradeShortcut(SignalingEndpoint endpoint, TrustedProxies proxies, NodeLimits limits, TimeProvider time)
{
    // RFC 6455 section 1.3.
    private static readonly byte[] AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.ToArray();

    private static readonly byte[] AcceptHead = Encoding.ASCII.GetBytes(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ");

    private static readonly WebSocketCreationOptions SocketOptions = new() { IsServer = true, KeepAliveInterval = TimeSpan.Zero };

    /// <summary>The step in the server's pipeline of a connection.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => connection => HandleAsync(connection, next);

    private async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await TryOpenAsync(connection).ConfigureAwait(false) is { } opened)
        {
            await endpoint.ServeAsync(opened).ConfigureAwait(false);
            return;
        }
        await next(connection).ConfigureAwait(false);
    }

    /// <summary>Accepts what can be accepted; this part's state is gone while the socket lives.</summary>
    private async ValueTask<SignalingConnection?> TryOpenAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var reading = input.ReadAsync(CancellationToken.None).AsTask();
        await ((Task)reading.WaitAsync(limits.FirstMessage, time)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!reading.IsCompleted)
        {
            connection.Abort(new ConnectionAbortedException("The client said nothing."));
        }
        ReadResult read;
        try
        {
            read = await reading.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client went away; the server finds the same and ends the connection.
            return null;
        }
        if (read.IsCanceled || !read.Buffer.IsSingleSegment
            || !UpgradeRequest.TryRead(read.Buffer.FirstSpan, out var request)
            || AddressOf(connection, request) is not { } address
            || !endpoint.TryEnter(address, out var lease))
        {
            input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
            return null;
        }
        input.AdvanceTo(read.Buffer.End);
        WriteAccept(connection.Transport.Output, request.Key);
        // The first message follows at once and takes this along.
        var socket = WebSocket.CreateFromStream(new PipeStream(connection.Transport), SocketOptions);
        return endpoint.Open(socket, connection.Abort, request.Peer, lease);
    }

    private IPAddress? AddressOf(ConnectionContext connection, in UpgradeRequest request)
    {
        var remote = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        return remote is not null && request.ForwardedFor is { } forwarded && proxies.Contains(remote) ? forwarded : remote;
    }

    private static void WriteAccept(PipeWriter output, string key)
    {
        Span<byte> input = stackalloc byte[Encoding.ASCII.GetMaxByteCount(key.Length) + AcceptSuffix.Length];
        var length = Encoding.ASCII.GetBytes(key, input);
        AcceptSuffix.CopyTo(input[length..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        // A checksum that the protocol fixes, no signature.
        SHA1.HashData(input[..(length + AcceptSuffix.Length)], hash);
        output.Write(AcceptHead);
        output.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(hash)));
        output.Write("\r\n\r\n"u8);
    }
}
