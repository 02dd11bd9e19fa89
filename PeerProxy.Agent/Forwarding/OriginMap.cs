namespace PeerProxy.Agent.Forwarding;

/// <summary>Translates URLs between the origin the visitor sees and the target's own, in fields that name an origin.</summary>
/// <param name="target">The target.</param>
/// <param name="visitorOrigin">As the visitor's browser writes it: <c>https://3fdw.peerproxy.dev</c>.</param>
public readonly struct OriginMap(TargetAddress target, string visitorOrigin)
{
    public string VisitorOrigin { get; } = visitorOrigin;

    /// <summary>True for a URL, or an origin, of the visitor's own site.</summary>
    public bool IsVisitorUrl(string? url) =>
        url is not null && url.StartsWith(VisitorOrigin, StringComparison.OrdinalIgnoreCase)
        && (url.Length == VisitorOrigin.Length || url[VisitorOrigin.Length] is '/' or '?' or '#');

    /// <summary>A URL of the visitor's site becomes the target's; others stay.</summary>
    public string ToTarget(string url) => IsVisitorUrl(url) ? string.Concat(target.OriginText, url.AsSpan(VisitorOrigin.Length)) : url;

    /// <summary>A URL (absolute, or starting with two slashes) of the target, under any of its names, becomes the visitor's; others stay.</summary>
    public string ToVisitor(string url)
    {
        var start = url.AsSpan().TrimStart();
        var scheme = start.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7
            : start.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8
            : start.StartsWith("//") ? 2
            : 0;
        if (scheme == 0)
        {
            return url;
        }

        var rest = start[scheme..];
        var end = rest.IndexOfAny("/?#\\");
        var authority = end < 0 ? rest : rest[..end];
        var isHttps = scheme == 8 || (scheme == 2 && target.IsHttps);
        return IsTargetAuthority(authority, isHttps) ? string.Concat(VisitorOrigin, end < 0 ? [] : rest[end..]) : url;
    }

    /// <summary>The host may carry any name of this machine when the target is on it; the port has to be the target's.</summary>
    private bool IsTargetAuthority(ReadOnlySpan<char> authority, bool isHttps)
    {
        var colon = authority.LastIndexOf(':');
        var hasPort = colon >= 0 && authority.LastIndexOf(']') < colon;
        var host = hasPort ? authority[..colon] : authority;
        var port = isHttps ? 443 : 80;
        if (hasPort && colon + 1 < authority.Length && !int.TryParse(authority[(colon + 1)..], out port))
        {
            return false;
        }

        if (port != target.Origin.Port)
        {
            return false;
        }

        return host.Equals(target.Origin.Host, StringComparison.OrdinalIgnoreCase)
            || (target.IsLoopback && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]" or "0.0.0.0"));
    }
}
