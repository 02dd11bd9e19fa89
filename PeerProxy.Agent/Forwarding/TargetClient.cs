using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Makes the one HTTP handler of an agent: plain forwarding, nothing done on the way.</summary>
internal static class TargetClient
{
    /// <summary>A machine on the home network answers within milliseconds; longer means it is off.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Below the 5 s after which common servers close idle connections: a request sent into a closing connection is lost.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Large cookies and policies fit; a response head must also fit the tunnel's MAX_HEAD_BYTES.</summary>
    private const int MaxHeadKilobytes = 192;

    public static SocketsHttpHandler CreateHandler(TargetAddress target, bool acceptAnyCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = IdleTimeout,
            MaxResponseHeadersLength = MaxHeadKilobytes,

            // An exchange that is given up closes its connection at once: that is how the target learns of it.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            PlaintextStreamFilter = static (context, _) => new(new WatchedStream(context.PlaintextStream)),
            ConnectCallback = (_, cancellationToken) => ConnectAsync(target, cancellationToken),
        };
        if (acceptAnyCertificate)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true };
        }

        return handler;
    }

    /// <summary>Sees whether a request could be sent now: connects, and for https makes a TLS session. Nothing is sent.</summary>
    /// <exception cref="SocketException">No connection.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">No TLS session.</exception>
    /// <exception cref="IOException">The target closed the connection during the TLS handshake.</exception>
    public static async Task ProbeAsync(TargetAddress target, bool acceptAnyCertificate, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(target, cancellationToken).ConfigureAwait(false);
        if (target.IsHttps)
        {
            await using var tls = new SslStream(connection);
            var options = new SslClientAuthenticationOptions { TargetHost = target.Origin.IdnHost };
            if (acceptAnyCertificate)
            {
                options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
            }

            await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A connection to the target, without TLS.</summary>
    public static async ValueTask<Stream> ConnectAsync(TargetAddress target, CancellationToken cancellationToken)
    {
        if (target.UnixSocketPath is { } path)
        {
            return await ConnectAsync(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
        }

        var (host, port) = (target.Origin.IdnHost, target.Origin.Port);
        if (!host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return await ConnectTcpAsync(new DnsEndPoint(host, port), cancellationToken).ConfigureAwait(false);
        }

        // Development servers listen on one of the two only, and not every machine's hosts file names both.
        try
        {
            return await ConnectTcpAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && Socket.OSSupportsIPv6)
        {
            return await ConnectTcpAsync(new IPEndPoint(IPAddress.IPv6Loopback, port), cancellationToken).ConfigureAwait(false);
        }
    }

    private static ValueTask<Stream> ConnectTcpAsync(EndPoint endPoint, CancellationToken cancellationToken) =>
        ConnectAsync(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, endPoint, cancellationToken);

    private static async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
