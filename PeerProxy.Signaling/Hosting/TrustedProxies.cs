using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Whose word about the client's address is taken: the edge's.</summary>
internal sealed class TrustedProxies
{
    private readonly List<IPAddress> _addresses = [];
    private readonly List<System.Net.IPNetwork> _networks = [];

    public TrustedProxies(SignalingOptions options)
    {
        foreach (var entry in options.TrustedProxies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (System.Net.IPNetwork.TryParse(entry, out var network))
            {
                _networks.Add(network);
            }
            else if (IPAddress.TryParse(entry, out var address))
            {
                _addresses.Add(address);
            }
            else
            {
                throw new InvalidOperationException($"Signaling:TrustedProxies has '{entry}', which is neither an address nor a network.");
            }
        }
    }

    public bool Any => _addresses.Count + _networks.Count > 0;

    /// <summary>Whether what this address says of others is believed.</summary>
    public bool Contains(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _addresses.Exists(trusted => trusted.Equals(address) || trusted.Equals(plain))
            || _networks.Exists(network => network.Contains(address) || network.Contains(plain));
    }

    /// <summary>What the HTTP server's middleware needs to know.</summary>
    public ForwardedHeadersOptions ToOptions()
    {
        var headers = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        _addresses.ForEach(headers.KnownProxies.Add);
        _networks.ForEach(headers.KnownIPNetworks.Add);
        return headers;
    }
}
