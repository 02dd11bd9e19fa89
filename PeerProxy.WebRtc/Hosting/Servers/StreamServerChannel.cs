using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using PeerProxy.WebRtc.Turn;

namespace PeerProxy.WebRtc.Hosting.Servers;

/// <summary>A TCP or TLS connection to a TURN server. Reads and writes on the thread pool; messages cross to the loop as posted commands.</summary>
internal sealed class StreamServerChannel : IServerChannel
{
    /// <summary>Messages that may wait for the network: a stream that stalls longer than this loses datagrams, as UDP would.</summary>
    private const int MaxWaiting = 512;

    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(10);

    private readonly Channel<byte[]> _outgoing = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly CancellationTokenSource _closing = new();
    private readonly RemoteCertificateValidationCallback? _validation;
    private readonly Action<byte[]> _received;
    private readonly Action _ended;

    /// <param name="server">Where to connect.</param>
    /// <param name="tlsHost">Name the certificate must have; null: plain TCP.</param>
    /// <param name="validation">Judges the certificate in place of the system.</param>
    /// <param name="received">Called on the thread pool with each whole message.</param>
    /// <param name="ended">Called once on the thread pool when the stream cannot be used any more.</param>
    public StreamServerChannel(IPEndPoint server, string? tlsHost, RemoteCertificateValidationCallback? validation, Action<byte[]> received, Action ended)
    {
        _validation = validation;
        _received = received;
        _ended = ended;
        _ = RunAsync(server, tlsHost);
    }

    public bool Send(ReadOnlySpan<byte> message) => _outgoing.Writer.TryWrite(message.ToArray());

    public void Dispose()
    {
        _outgoing.Writer.TryComplete();
        _closing.CancelAfter(TimeSpan.FromSeconds(1));
    }

    private async Task RunAsync(IPEndPoint server, string? tlsHost)
    {
        try
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            limit.CancelAfter(_connectLimit);
            await socket.ConnectAsync(server, limit.Token).ConfigureAwait(false);
            await using var stream = await SecureAsync(new NetworkStream(socket), tlsHost, limit.Token).ConfigureAwait(false);
            var reading = ReadAsync(stream);
            await WriteAsync(stream).ConfigureAwait(false);
            await _closing.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException)
        {
            // However the stream came to its end: the link is told and may try again.
        }
        finally
        {
            _outgoing.Writer.TryComplete();
            _ended();
        }
    }

    private async Task<Stream> SecureAsync(Stream plain, string? tlsHost, CancellationToken cancellationToken)
    {
        if (tlsHost is null)
        {
            return plain;
        }

        var secured = new SslStream(plain);
        var options = new SslClientAuthenticationOptions { TargetHost = tlsHost, RemoteCertificateValidationCallback = _validation };
        await secured.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        return secured;
    }

    private async Task WriteAsync(Stream stream)
    {
        while (await _outgoing.Reader.WaitToReadAsync(_closing.Token).ConfigureAwait(false))
        {
            while (_outgoing.Reader.TryRead(out var message))
            {
                await stream.WriteAsync(message, _closing.Token).ConfigureAwait(false);
            }

            await stream.FlushAsync(_closing.Token).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(Stream stream)
    {
        var framer = new TurnStreamFramer();
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer, _closing.Token).ConfigureAwait(false);
                if (read == 0 || !TakeMessages(framer, buffer.AsSpan(0, read)))
                {
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Ends the writer below, which reports it.
        }

        _outgoing.Writer.TryComplete();
    }

    private bool TakeMessages(TurnStreamFramer framer, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = framer.GetWriteSpan();
            var count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            framer.Advance(count);
            bytes = bytes[count..];
            while (framer.TryRead(out var message))
            {
                _received(message.ToArray());
            }
        }

        return !framer.IsBroken;
    }
}
