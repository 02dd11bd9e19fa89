using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Hosting;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>Opens WebSockets before the HTTP server sees the socket, so that one that lives for days does not keep the state of a connection and of a request.</summary>
/// <remarks>
/// Only a request of the usual kind that can be accepted, and has arrived as a whole, goes this way. Every other one, and every refusal, is left to the HTTP
/// server and <see cref="SignalingEndpoint.HandleAsync"/>: nothing is taken from the socket before that is decided.
/// </remarks>
internal sealed class UpgradeShortcut(SignalingEndpoint endpoint, TrustedProxies proxies)
{
    // A browser's request has some 600 bytes; one with many cookies is the HTTP server's.
    private const int HeadBytes = 4096;

    // RFC 6455 section 1.3.
    private static readonly byte[] AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.ToArray();

    private static readonly byte[] AcceptHead = Encoding.ASCII.GetBytes(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ");

    private static readonly byte[] AcceptEnd = "\r\n\r\n"u8.ToArray();

    private static readonly WebSocketCreationOptions SocketOptions = new() { IsServer = true, KeepAliveInterval = TimeSpan.Zero };

    /// <summary>Serves a WebSocket on a socket whose client asks for one that can be accepted.</summary>
    /// <param name="socket">An accepted socket with something to read.</param>
    /// <returns>False when nothing was taken from the socket, which is for the HTTP server.</returns>
    public bool TryServe(Socket socket)
    {
        if (TryOpen(socket) is not { } opened)
        {
            return false;
        }
        _ = endpoint.ServeAsync(opened);
        return true;
    }

    private SignalingConnection? TryOpen(Socket socket)
    {
        Span<byte> buffer = stackalloc byte[HeadBytes];
        socket.Blocking = false;
        var head = buffer[..socket.Receive(buffer, SocketFlags.Peek, out _)];
        if (!UpgradeRequest.TryRead(head, out var request) || AddressOf(socket, request) is not { } address || !endpoint.TryEnter(address, out var lease))
        {
            socket.Blocking = true;
            return null;
        }
        Accept(socket, head, request.Key);
        return endpoint.Open(WebSocket.CreateFromStream(new SocketStream(socket), SocketOptions), abort: null, request.Peer, lease);
    }

    private IPAddress? AddressOf(Socket socket, in UpgradeRequest request)
    {
        var remote = (socket.RemoteEndPoint as IPEndPoint)?.Address;
        return remote is not null && request.ForwardedFor is { } forwarded && proxies.Contains(remote) ? forwarded : remote;
    }

    /// <summary>Takes the request from the socket and answers it. If the client is gone by now, the WebSocket finds out.</summary>
    private static void Accept(Socket socket, Span<byte> head, string key)
    {
        socket.Receive(head, SocketFlags.None, out _);
        Span<byte> input = stackalloc byte[UpgradeRequest.KeyLength + AcceptSuffix.Length];
        Encoding.ASCII.GetBytes(key, input);
        AcceptSuffix.CopyTo(input[UpgradeRequest.KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        // A checksum that the protocol fixes, no signature.
        SHA1.HashData(input, hash);
        Span<byte> answer = stackalloc byte[AcceptHead.Length + Base64.GetMaxEncodedToUtf8Length(SHA1.HashSizeInBytes) + AcceptEnd.Length];
        AcceptHead.CopyTo(answer);
        Base64.EncodeToUtf8(hash, answer[AcceptHead.Length..], out _, out _);
        AcceptEnd.CopyTo(answer[^AcceptEnd.Length..]);
        // A connection without anything on its way yet takes this much.
        socket.Send(answer, SocketFlags.None, out _);
    }
}
