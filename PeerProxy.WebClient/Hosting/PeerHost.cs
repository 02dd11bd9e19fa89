using System.Text.RegularExpressions;

namespace PeerProxy.WebClient.Hosting;

/// <summary>What a Host header means to the edge.</summary>
public enum PeerHostKind
{
    /// <summary>The domain itself, an address, or a name of another domain (a load balancer's probe): landing page and health.</summary>
    Apex,

    /// <summary><c>{peer}.{domain}</c>: a site.</summary>
    Peer,

    /// <summary>A name below the domain that can never be a peer id: too short, too deep, or reserved.</summary>
    Invalid,
}

/// <summary>Reads the peer id out of a host name, by the rules of the protocol (docs/protocol.md section 6).</summary>
public static partial class PeerHost
{
    /// <summary>Classifies a host name (without port) against the edge's domain.</summary>
    public static PeerHostKind Classify(string host, string domain)
    {
        if (host.Length <= domain.Length + 1
            || !host.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
            || host[^(domain.Length + 1)] != '.')
        {
            return PeerHostKind.Apex;
        }

        var label = host[..^(domain.Length + 1)].ToLowerInvariant();
        if (label == "www")
        {
            return PeerHostKind.Apex;
        }

        return PeerId().IsMatch(label) && !IsReserved(label) ? PeerHostKind.Peer : PeerHostKind.Invalid;
    }

    private static bool IsReserved(string label) =>
        label is "signal" or "turn" or "stun" or "peerproxy" or "localhost"
        || label.StartsWith("v-", StringComparison.Ordinal)
        || label.StartsWith("xn--", StringComparison.Ordinal);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{2,38}[a-z0-9]$")]
    private static partial Regex PeerId();
}
