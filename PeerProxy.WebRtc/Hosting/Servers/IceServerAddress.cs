using System.Globalization;

namespace PeerProxy.WebRtc.Hosting.Servers;

/// <summary>How a server is reached.</summary>
internal enum IceServerTransport
{
    Udp,
    Tcp,
    Tls,
}

/// <summary>A stun:, turn: or turns: URL taken apart (RFC 7064, RFC 7065).</summary>
internal sealed record IceServerAddress(bool IsTurn, string Host, int Port, IceServerTransport Transport)
{
    private const int DefaultPort = 3478;
    private const int DefaultTlsPort = 5349;

    public static bool TryParse(string url, out IceServerAddress? address)
    {
        address = null;
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return false;
        }

        var scheme = url[..colon].ToLowerInvariant();
        if (scheme is not ("stun" or "turn" or "turns"))
        {
            return false;
        }

        var rest = url[(colon + 1)..].TrimStart('/');
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? "" : rest[(question + 1)..];
        var authority = question < 0 ? rest : rest[..question];
        var isTcp = query.Equals("transport=tcp", StringComparison.OrdinalIgnoreCase);
        if (!TrySplit(authority, out var host, out var port))
        {
            return false;
        }

        var transport = scheme == "turns" ? IceServerTransport.Tls : isTcp ? IceServerTransport.Tcp : IceServerTransport.Udp;
        address = new IceServerAddress(
            scheme != "stun", host, port ?? (transport == IceServerTransport.Tls ? DefaultTlsPort : DefaultPort), transport);
        return true;
    }

    private static bool TrySplit(string authority, out string host, out int? port)
    {
        port = null;
        var portAt = authority.LastIndexOf(':');
        if (authority.StartsWith('['))
        {
            var end = authority.IndexOf(']', StringComparison.Ordinal);
            host = end > 0 ? authority[1..end] : "";
            portAt = end > 0 && end + 1 < authority.Length ? end + 1 : -1;
        }
        else
        {
            host = portAt < 0 ? authority : authority[..portAt];
        }

        if (portAt >= 0)
        {
            if (!int.TryParse(authority.AsSpan(portAt + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number is < 1 or > ushort.MaxValue)
            {
                return false;
            }

            port = number;
        }

        return host.Length > 0;
    }
}
