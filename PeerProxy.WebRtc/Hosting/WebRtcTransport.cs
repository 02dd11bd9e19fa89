using System.Net;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Dtls;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>The stack on real sockets: one thread, one UDP port (per bound address) for all connections.</summary>
/// <remarks>
/// <code>
/// await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
/// await using var connection = transport.CreateConnection(new PeerConnectionOptions());
/// var channel = connection.OpenChannel(new DataChannelOptions { NegotiatedId = 0 });
/// var answer = await connection.AcceptOfferAsync(offer);   // give the answer to the peer
/// await channel.Opened;
/// await channel.SendAsync(bytes);
/// using var message = await channel.ReceiveAsync();
/// </code>
/// </remarks>
public sealed class WebRtcTransport : IPeerTransport
{
    private readonly WebRtcTransportOptions _options;
    private readonly DtlsCertificate _certificate;
    private readonly DtlsHandshakeThreads _handshakeThreads = new();
    private readonly TransportLoop _loop;
    private int _connectionCount;
    private int _isDisposed;

    /// <exception cref="System.Net.Sockets.SocketException">The port is taken, or an address is not of this machine.</exception>
    public WebRtcTransport(WebRtcTransportOptions options)
    {
        options.Validate();
        _options = options;
        _certificate = options.Certificate ?? DtlsCertificate.Create();
        _loop = new TransportLoop(options);
        _loop.Start();
        DtlsWarmUp.Begin(_certificate);
    }

    public string LocalFingerprint => _certificate.Fingerprint.ToHexPairs();

    /// <summary>Where datagrams are received.</summary>
    public IReadOnlyList<IPEndPoint> LocalEndPoints => [.. _loop.Ports.Select(port => port.LocalEndPoint)];

    /// <summary>Connections not yet closed.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>A fault of this library or of an event handler ended one connection: for logs. Raised on the loop.</summary>
    public event Action<Exception>? InternalError
    {
        add => _loop.Broken += value;
        remove => _loop.Broken -= value;
    }

    /// <exception cref="PeerConnectionException">There are <see cref="WebRtcTransportOptions.MaxConnections"/> already.</exception>
    public IPeerConnection CreateConnection(PeerConnectionOptions options)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        if (Interlocked.Increment(ref _connectionCount) > _options.MaxConnections)
        {
            Interlocked.Decrement(ref _connectionCount);
            throw new PeerConnectionException($"There are {_options.MaxConnections} connections already.");
        }

        var connection = new HostedConnection(_loop, options, () => Interlocked.Decrement(ref _connectionCount));
        _loop.Post(() => Attach(connection, options));
        return connection;
    }

    public void UseServers(IReadOnlyList<IceServer> servers) => _loop.Post(() => _loop.Servers.Use(servers));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        var open = await _loop.InvokeAsync(() => _loop.Demultiplexer.Connections.ToArray()).ConfigureAwait(false);
        foreach (var connection in open)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        _loop.Dispose();
    }

    private void Attach(HostedConnection connection, PeerConnectionOptions options)
    {
        var slot = _loop.Demultiplexer.Add(connection);
        connection.Attach(slot, new PeerConnection(new PeerConnectionSettings
        {
            Certificate = _certificate,
            HandshakeThreads = _handshakeThreads,
            Random = SystemRandomSource.Instance,
            UsernamePrefix = PortDemultiplexer.PrefixOf(slot),
            ConnectTimeout = options.ConnectTimeout,
            Sctp = _options.Sctp,
            Wake = connection.ScheduleOnce,
        }));
    }
}
