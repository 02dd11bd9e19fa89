using System.Net;
using System.Net.Sockets;

namespace PeerProxy.AppHost.Embedded;

/// <summary>Finds ports that nothing listens on.</summary>
internal static class FreePort
{
    /// <summary>How far to look beyond the wished port before giving up: enough for several suites on one machine.</summary>
    private const int Attempts = 100;

    /// <summary>The wished port, or the next one that is free on both loopback addresses.</summary>
    internal static int From(int wished)
    {
        for (var port = wished; port < Math.Min(wished + Attempts, IPEndPoint.MaxPort); port++)
        {
            if (IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port)))
            {
                return port;
            }
        }

        throw new SuiteStartException($"No free port between {wished} and {wished + Attempts}. Choose another with --port.");
    }

    /// <summary>Any port that is free for TCP and UDP on the loopback address.</summary>
    internal static int Any()
    {
        while (true)
        {
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var port = ((IPEndPoint)tcp.LocalEndPoint!).Port;
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken for UDP by somebody else; the next number may not be.
                continue;
            }
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressNotAvailable)
        {
            // No IPv6 loopback on this machine: nobody can listen there.
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
