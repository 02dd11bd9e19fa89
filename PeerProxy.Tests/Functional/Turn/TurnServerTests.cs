using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Turn;

namespace PeerProxy.Tests.Functional.Turn;

/// <summary>The TURN client against coturn: a peer's socket and an allocation exchange data both ways.</summary>
[Trait("Category", "Functional")]
public sealed class TurnServerTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Allocation_OverUdp_RelaysBothWays()
    {
        await using CoturnServer server = await CoturnServer.StartOrSkipAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server.EndPoint);
        await Relay(socket, isStream: false);
    }

    [Fact]
    public async Task Allocation_OverTcp_RelaysBothWays()
    {
        await using CoturnServer server = await CoturnServer.StartOrSkipAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.EndPoint);
        await Relay(socket, isStream: true);
    }

    [Fact]
    public async Task Allocation_OverTls_RelaysBothWays()
    {
        await using CoturnServer server = await CoturnServer.StartOrSkipAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.TlsEndPoint);
        await using var tls = new SslStream(new NetworkStream(socket));
        using var limit = new CancellationTokenSource(_limit);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            // The server of this test made its certificate itself.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        };
        await tls.AuthenticateAsClientAsync(options, limit.Token);
        await Relay(socket, isStream: true, tls);
    }

    [Fact]
    public async Task Credentials_ChangedWhileRunning_KeepTheAllocation()
    {
        await using CoturnServer server = await CoturnServer.StartOrSkipAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server.EndPoint);
        var client = new Client(socket, isStream: false, CoturnServer.Password);
        await client.RunUntil(() => client.Turn.State != TurnState.Allocating);
        Timestamp refreshed = client.Turn.NextDeadline;
        client.Turn.UpdateCredentials(new TurnCredentials(CoturnServer.OtherUsername, CoturnServer.Password), client.Now);
        await client.RunUntil(() => client.Turn.NextDeadline > refreshed);
        Assert.Equal(TurnState.Ready, client.Turn.State);
    }

    [Fact]
    public async Task Allocation_WithWrongPassword_IsRefused()
    {
        await using CoturnServer server = await CoturnServer.StartOrSkipAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server.EndPoint);
        var client = new Client(socket, isStream: false, "wrong");
        await client.RunUntil(() => client.Turn.State != TurnState.Allocating);
        Assert.Equal(TurnFailureReason.Unauthenticated, client.Turn.Failure.Reason);
    }

    private static async Task Relay(Socket socket, bool isStream, SslStream? tls = null)
    {
        var client = new Client(socket, isStream, CoturnServer.Password, tls);
        await client.RunUntil(() => client.Turn.State != TurnState.Allocating);
        Assert.Equal(TurnState.Ready, client.Turn.State);
        Assert.Equal(((IPEndPoint)socket.LocalEndPoint!).Port, client.Turn.MappedAddress!.Value.Port);

        using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        TransportAddress peerAddress = TransportAddress.From((IPEndPoint)peer.Client.LocalEndPoint!);
        IPEndPoint relayed = client.Turn.RelayedAddress!.Value.ToIPEndPoint();
        using var limit = new CancellationTokenSource(_limit);
        for (int i = 0; i < 30; i++)
        {
            // Odd sizes exercise the padding on streams; the later ones go in a channel.
            byte[] payload = [.. Enumerable.Repeat((byte)i, 1 + (i * 37))];
            await client.Send(peerAddress, payload);
            UdpReceiveResult received = await peer.ReceiveAsync(limit.Token);
            Assert.Equal(relayed, received.RemoteEndPoint);
            Assert.Equal(payload, received.Buffer);

            await peer.SendAsync(payload, relayed, limit.Token);
            await client.RunUntil(() => client.Received.Count > i);
            Assert.Equal(peerAddress, client.Received[i].Peer);
            Assert.Equal(payload, client.Received[i].Payload);
        }

        Assert.True(client.ChannelMessages > 10, "the peer was moved to a channel");
        client.Turn.Close(client.Now);
        await client.RunUntil(() => client.Turn.State == TurnState.Closed);
    }

    /// <summary>Drives an allocation over one socket.</summary>
    private sealed class Client
    {
        private readonly Socket _socket;
        private readonly SslStream? _tls;
        private readonly TurnStreamFramer? _framer;
        private readonly byte[] _buffer = new byte[4096];
        private readonly byte[] _received = new byte[4096];
        private Task<int>? _read;

        public Client(Socket socket, bool isStream, string password, SslStream? tls = null)
        {
            _tls = tls;
            _socket = socket;
            _framer = isStream ? new TurnStreamFramer() : null;
            Turn = new TurnAllocation(
                new TurnOptions { Credentials = new TurnCredentials(CoturnServer.Username, password), IsStream = isStream },
                SystemRandomSource.Instance,
                Now);
        }

        public TurnAllocation Turn { get; }

        public List<(TransportAddress Peer, byte[] Payload)> Received { get; } = [];

        public int ChannelMessages { get; private set; }

        public Timestamp Now => new(Stopwatch.GetElapsedTime(0).Ticks);

        public async Task Send(TransportAddress peer, byte[] payload)
        {
            if (Turn.TryWrap(peer, payload, _buffer, Now, out int length))
            {
                await SendBytes(_buffer.AsMemory(0, length));
            }

            await Drain();
        }

        public async Task RunUntil(Func<bool> condition)
        {
            using var limit = new CancellationTokenSource(_limit);
            while (!condition())
            {
                await Drain();
                // A read is never cancelled: TLS would lose its place in the stream.
                _read ??= _tls is null ? _socket.ReceiveAsync(_received) : _tls.ReadAsync(_received).AsTask();
                TimeSpan wait = Turn.NextDeadline - Now;
                wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait > _limit ? _limit : wait;
                if (await Task.WhenAny(_read, Task.Delay(wait, limit.Token)) == _read)
                {
                    TakeBytes(_received.AsSpan(0, await _read));
                    _read = null;
                }
                else
                {
                    limit.Token.ThrowIfCancellationRequested();
                    Turn.HandleTimeout(Now);
                }
            }

            await Drain();
        }

        private async ValueTask SendBytes(ReadOnlyMemory<byte> bytes)
        {
            if (_tls is null)
            {
                await _socket.SendAsync(bytes);
            }
            else
            {
                await _tls.WriteAsync(bytes);
            }
        }

        private void TakeBytes(ReadOnlySpan<byte> bytes)
        {
            if (_framer is null)
            {
                Take(bytes);
                return;
            }

            while (!bytes.IsEmpty)
            {
                Span<byte> span = _framer.GetWriteSpan();
                int count = Math.Min(span.Length, bytes.Length);
                bytes[..count].CopyTo(span);
                _framer.Advance(count);
                bytes = bytes[count..];
                while (_framer.TryRead(out ReadOnlySpan<byte> message))
                {
                    Take(message);
                }
            }

            Assert.False(_framer.IsBroken);
        }

        /// <summary>Transaction ids of the answers that have come.</summary>
        private readonly HashSet<string> _answered = [];

        private void Take(ReadOnlySpan<byte> message)
        {
            if (Turn.TryUnwrap(message, out TransportAddress peer, out ReadOnlySpan<byte> payload))
            {
                ChannelMessages += ChannelData.LooksLikeChannelData(message) ? 1 : 0;
                Received.Add((peer, payload.ToArray()));
            }
            else
            {
                // A request that was repeated on a slow machine is answered twice.
                var isFirst = _answered.Add(Convert.ToHexString(message.Slice(8, 12)));
                Assert.True(Turn.Handle(message, Now) || !isFirst);
            }
        }

        private async Task Drain()
        {
            while (Turn.TryPollTransmit(_buffer, out int length))
            {
                await SendBytes(_buffer.AsMemory(0, length));
            }
        }
    }
}
