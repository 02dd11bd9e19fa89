using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>Which of this machine's addresses a peer may be told.</summary>
internal static class NetworkMonitor
{
    /// <summary>Bridges and tunnels of containers and virtual machines: nobody outside this machine reaches them.</summary>
    private static readonly string[] _virtualPrefixes = ["docker", "br-", "veth", "virbr", "cni", "flannel", "vmnet", "vboxnet", "podman", "lxc"];

    /// <summary>Public addresses first; loopback only when asked for, or when there is nothing else.</summary>
    public static List<IPAddress> GetAddresses(bool includeLoopback)
    {
        var found = new List<IPAddress>();
        var loopback = new List<IPAddress>();
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (network.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown))
            {
                continue;
            }

            var isLoopback = network.NetworkInterfaceType == NetworkInterfaceType.Loopback;
            var isVirtual = _virtualPrefixes.Any(prefix => network.Name.StartsWith(prefix, StringComparison.Ordinal));
            if (isVirtual)
            {
                continue;
            }

            foreach (var unicast in network.GetIPProperties().UnicastAddresses)
            {
                if (IsUsable(unicast.Address))
                {
                    (isLoopback || IPAddress.IsLoopback(unicast.Address) ? loopback : found).Add(unicast.Address);
                }
            }
        }

        if (includeLoopback || found.Count == 0)
        {
            found.AddRange(loopback);
        }

        return [.. found.OrderBy(address => TransportAddress.From(address, 0).IsPrivate ? 1 : 0)];
    }

    private static bool IsUsable(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !TransportAddress.From(address, 0).IsLinkLocal,
        AddressFamily.InterNetworkV6 => !address.IsIPv6LinkLocal && !address.IsIPv6Multicast && !address.IsIPv4MappedToIPv6,
        _ => false,
    };
}
