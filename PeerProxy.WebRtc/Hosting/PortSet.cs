using System.Collections;
using System.Net;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>The UDP sockets of a loop; a port's index is its base id. Used by the loop thread alone.</summary>
internal sealed class PortSet : IReadOnlyList<UdpPort>, IDisposable
{
    private readonly List<UdpPort> _ports = [];
    private readonly WebRtcTransportOptions _options;

    /// <exception cref="System.Net.Sockets.SocketException">A port or address cannot be used.</exception>
    public PortSet(WebRtcTransportOptions options)
    {
        _options = options;
        try
        {
            Open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Count => _ports.Count;

    public UdpPort this[int index] => _ports[index];

    /// <summary>Host candidates by the machine's addresses of now.</summary>
    public List<IceCandidate> GatherHosts()
    {
        var candidates = new List<IceCandidate>();
        var machine = NetworkMonitor.GetAddresses(_options.IncludeLoopback);
        foreach (var port in _ports)
        {
            var bound = port.LocalEndPoint;
            var isWildcard = bound.Address.Equals(IPAddress.IPv6Any) || bound.Address.Equals(IPAddress.Any);
            foreach (var address in isWildcard ? machine : [bound.Address])
            {
                var transportAddress = TransportAddress.From(address, bound.Port);
                if (port.CanReach(transportAddress))
                {
                    // RFC 8445 5.1.2.2: addresses of one host differ in local preference; the first is the best.
                    candidates.Add(IceCandidate.Host(transportAddress, port.BaseId, (ushort)(ushort.MaxValue - candidates.Count)));
                }
            }
        }

        return candidates;
    }

    /// <summary>Hands what has arrived to the sink, for as long as one turn may take.</summary>
    /// <returns>True when more may be waiting.</returns>
    public bool ReceiveAll(IDatagramSink sink)
    {
        var hasMore = false;
        foreach (var port in _ports)
        {
            var batches = 0;
            while (port.Receive(sink))
            {
                if (++batches >= HostingLimits.MaxBatchesPerTurn)
                {
                    hasMore = true;
                    break;
                }
            }
        }

        return hasMore;
    }

    public void Flush()
    {
        foreach (var port in _ports)
        {
            port.Flush();
        }
    }

    public IEnumerator<UdpPort> GetEnumerator() => _ports.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        foreach (var port in _ports)
        {
            port.Flush();
            port.Dispose();
        }
    }

    private void Open()
    {
        if (_options.BindAddresses.Count == 0)
        {
            var any = System.Net.Sockets.Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
            _ports.Add(UdpPort.Open(any, _options.UdpPort, 0));
            return;
        }

        foreach (var address in _options.BindAddresses)
        {
            _ports.Add(UdpPort.Open(address, _options.UdpPort, _ports.Count));
        }
    }
}
