using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Turn;

namespace PeerProxy.WebRtc.Hosting.Servers;

/// <summary>The servers of all connections: each is asked once, and what it gives is shared and kept alive. On the loop only.</summary>
/// <remarks>TURN servers form a ladder (UDP, TCP, TLS): the next rung is tried when the one before has failed or stays silent.</remarks>
internal sealed class IceServerPool(TransportLoop loop, RemoteCertificateValidationCallback? certificateValidation) : IDisposable
{
    /// <summary>Base numbers from here on are relays; below are sockets.</summary>
    public const int FirstRelayBase = 1000;

    /// <summary>More distinct servers than any deployment lists.</summary>
    private const int MaxServers = 32;

    /// <summary>A silent server is overtaken by the next one after this; UDP round trips are far shorter.</summary>
    private static readonly TimeSpan _nextRungAfter = TimeSpan.FromMilliseconds(1500);

    /// <summary>A failed server is asked again for a new connection at most this often.</summary>
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Entry> _entries = [];
    private readonly List<ServerLink> _links = [];
    private readonly Dictionary<int, TurnLink> _relays = [];
    private readonly HashSet<TransportAddress> _addresses = [];
    private int _nextRelayBase = FirstRelayBase;
    private bool _isDisposed;

    /// <summary>The candidates of a server, or its end, may have changed.</summary>
    public event Action? Changed;

    public Timestamp NextDeadline
    {
        get
        {
            var deadline = Timestamp.Never;
            foreach (var link in _links)
            {
                deadline = Timestamp.Min(deadline, link.NextDeadline);
            }

            foreach (var entry in _entries.Values)
            {
                deadline = Timestamp.Min(deadline, entry.StartAt);
            }

            return deadline;
        }
    }

    /// <summary>Makes sure these servers are in use.</summary>
    public void Use(IReadOnlyList<IceServer> servers)
    {
        var rung = 0;
        var parsed = servers
            .Select(server => (Server: server, IsValid: IceServerAddress.TryParse(server.Url, out var address), Address: address))
            .Where(item => item.IsValid)
            .OrderBy(item => item.Address!.Transport);
        foreach (var (server, _, address) in parsed)
        {
            if (_entries.TryGetValue(server.Url, out var known))
            {
                known.Renew(server, loop.Now);
            }
            else if (_entries.Count < MaxServers)
            {
                var delay = address!.IsTurn ? _nextRungAfter * rung++ : TimeSpan.Zero;
                _entries.Add(server.Url, new Entry(server, address, loop.Now + delay));
            }
        }

        HandleTimeout(loop.Now);
    }

    /// <summary>The machine's addresses have changed: what the servers gave belongs to the old ones, so all are asked anew.</summary>
    public void Restart()
    {
        foreach (var entry in _entries.Values.Where(entry => entry.Link is not null))
        {
            Remove(entry);
        }

        StartLadder(loop.Now);
        HandleTimeout(loop.Now);
    }

    /// <summary>What the servers of a connection have given so far.</summary>
    public IEnumerable<IceCandidate> CandidatesOf(IReadOnlyList<IceServer> servers) =>
        Entries(servers).SelectMany(entry => entry.Link?.Candidates ?? []);

    /// <summary>True when nothing more is to be expected of these servers.</summary>
    public bool AreSettled(IReadOnlyList<IceServer> servers)
    {
        var entries = Entries(servers).ToList();
        var hasRelay = entries.Any(entry => entry.Link is TurnLink { IsReady: true });
        return entries.All(entry => entry.HasFailed || (entry.Link?.IsSettled ?? false) || (hasRelay && entry.Address.IsTurn));
    }

    public bool IsServer(in TransportAddress remote) => _addresses.Contains(remote);

    public bool Handle(ReadOnlySpan<byte> message, in TransportAddress source, Timestamp now)
    {
        foreach (var link in _links)
        {
            if (link.Address.Transport == IceServerTransport.Udp && link.Handle(message, source, now))
            {
                return true;
            }
        }

        return false;
    }

    public void SendToPeer(int baseId, ReadOnlySpan<byte> datagram, in TransportAddress peer, Timestamp now)
    {
        if (_relays.TryGetValue(baseId, out var relay))
        {
            relay.SendToPeer(datagram, peer, now);
        }
    }

    public void HandleTimeout(Timestamp now)
    {
        foreach (var link in _links)
        {
            if (now >= link.NextDeadline)
            {
                link.HandleTimeout(now);
            }
        }

        foreach (var entry in _entries.Values)
        {
            if (now >= entry.StartAt)
            {
                StartEntry(entry, now);
            }
        }
    }

    /// <summary>Sends what waits, and tells the connections when something changed.</summary>
    public void Drain(Timestamp now)
    {
        var hasChanged = false;
        foreach (var link in _links)
        {
            hasChanged |= link.Drain(now);
        }

        if (hasChanged)
        {
            RemoveEnded();
            Changed?.Invoke();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (var link in _links)
        {
            link.Close(loop.Now);
            link.Dispose();
        }
    }

    private IEnumerable<Entry> Entries(IReadOnlyList<IceServer> servers) =>
        servers.Select(server => _entries.GetValueOrDefault(server.Url)).OfType<Entry>();

    private void StartEntry(Entry entry, Timestamp now)
    {
        entry.StartAt = Timestamp.Never;
        var isCovered = entry.Address.IsTurn && _entries.Values.Any(other => other != entry && other.Link is TurnLink { IsReady: true });
        if (isCovered)
        {
            entry.HasFailed = true;
            entry.RetryAt = now;
            return;
        }

        entry.HasFailed = false;
        entry.RetryAt = now + _retryAfter;
        _ = ResolveAsync(entry);
    }

    private async Task ResolveAsync(Entry entry)
    {
        IPAddress[] addresses = [];
        try
        {
            addresses = IPAddress.TryParse(entry.Address.Host, out var literal)
                ? [literal]
                : await Dns.GetHostAddressesAsync(entry.Address.Host).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // An unknown name is a server that does not answer.
        }

        loop.Post(() => Open(entry, addresses));
    }

    private void Open(Entry entry, IPAddress[] addresses)
    {
        if (_isDisposed)
        {
            return;
        }

        foreach (var address in addresses.OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1))
        {
            var server = TransportAddress.From(address, entry.Address.Port);
            var port = loop.Ports.FirstOrDefault(candidate => candidate.CanReach(server));
            if (port is null || _links.Any(link => link is TurnLink && entry.Address.IsTurn && link.Address == entry.Address))
            {
                continue;
            }

            var local = loop.HostCandidates.FirstOrDefault(host => host.BaseId == port.BaseId && host.Address.IsIPv6 == server.IsIPv6)?.Address
                ?? TransportAddress.From(port.LocalEndPoint);
            entry.Link = entry.Address.IsTurn ? OpenTurn(entry, server, port, local) : new StunLink(entry.Address, server, port, local, loop.Now);
            _links.Add(entry.Link);
            if (entry.Address.Transport == IceServerTransport.Udp)
            {
                _addresses.Add(server);
            }

            Drain(loop.Now);
            return;
        }

        entry.HasFailed = true;
        Changed?.Invoke();
    }

    private TurnLink OpenTurn(Entry entry, in TransportAddress server, UdpPort port, in TransportAddress local)
    {
        var credentials = new TurnCredentials(entry.Server.Username ?? "", entry.Server.Credential ?? "");
        var baseId = _nextRelayBase++;
        TurnLink? link = null;
        if (entry.Address.Transport == IceServerTransport.Udp)
        {
            link = new TurnLink(
                entry.Address, server, baseId, credentials, new UdpServerChannel(port, server), port, local, loop, loop.Now);
        }
        else
        {
            var channel = new StreamServerChannel(
                server.ToIPEndPoint(),
                entry.Address.Transport == IceServerTransport.Tls ? entry.Address.Host : null,
                certificateValidation,
                message => loop.Post(() => link!.HandleStreamMessage(message, loop.Now)),
                () => loop.Post(() => OnStreamEnded(link!)));
            link = new TurnLink(entry.Address, server, baseId, credentials, channel, null, local, loop, loop.Now);
        }

        _relays.Add(baseId, link);
        return link;
    }

    private void OnStreamEnded(TurnLink link)
    {
        link.OnStreamEnded(loop.Now);
        if (!_isDisposed)
        {
            RemoveEnded();
            Changed?.Invoke();
        }
    }

    private void RemoveEnded()
    {
        var hadRelay = false;
        foreach (var entry in _entries.Values)
        {
            if (entry.Link is TurnLink { IsOver: true } or TurnLink { HasFailed: true })
            {
                hadRelay |= entry.Link is TurnLink { WasReady: true };
                Remove(entry);
            }
        }

        if (hadRelay && !_isDisposed)
        {
            // The NAT forgot us, or the server did: visitors to come, and those on it, need another relay.
            StartLadder(loop.Now);
        }
    }

    private void Remove(Entry entry)
    {
        var link = entry.Link!;
        entry.Link = null;
        entry.HasFailed = true;
        _links.Remove(link);
        if (link is TurnLink relay)
        {
            _relays.Remove(relay.BaseId);
            foreach (var connection in loop.Demultiplexer.Connections)
            {
                connection.OnBaseLost(relay.BaseId);
            }
        }

        link.Dispose();
    }

    /// <summary>Begins anew with every server that is not in use, TURN servers one rung after the other.</summary>
    private void StartLadder(Timestamp now)
    {
        var rung = 0;
        foreach (var entry in _entries.Values.Where(entry => entry.Link is null).OrderBy(entry => entry.Address.Transport))
        {
            entry.StartAt = now + (entry.Address.IsTurn ? _nextRungAfter * rung++ : TimeSpan.Zero);
        }
    }

    /// <summary>One listed server.</summary>
    private sealed class Entry(IceServer server, IceServerAddress address, Timestamp startAt)
    {
        public IceServer Server { get; private set; } = server;

        public IceServerAddress Address { get; } = address;

        /// <summary>When to begin with it; <see cref="Timestamp.Never"/> once begun.</summary>
        public Timestamp StartAt { get; set; } = startAt;

        public Timestamp RetryAt { get; set; }

        public ServerLink? Link { get; set; }

        public bool HasFailed { get; set; }

        /// <summary>It is listed again, perhaps with newer credentials.</summary>
        public void Renew(IceServer server, Timestamp now)
        {
            if (server != Server && Link is TurnLink turn)
            {
                turn.UpdateCredentials(new TurnCredentials(server.Username ?? "", server.Credential ?? ""), now);
            }

            Server = server;
            if (HasFailed && Link is null && StartAt == Timestamp.Never && now >= RetryAt)
            {
                StartAt = now;
            }
        }
    }
}
