using System.Globalization;
using System.Net;

namespace PeerProxy.Agent.Forwarding;

/// <summary>The web server being exposed.</summary>
/// <remarks>Accepted forms: <c>3000</c>, <c>:3000</c>, <c>host:port</c>, <c>[::1]:3000</c>, <c>http(s)://host[:port]</c>, <c>unix:/path</c>.</remarks>
public sealed class TargetAddress
{
    private TargetAddress(Uri origin, string? unixSocketPath)
    {
        Origin = origin;
        UnixSocketPath = unixSocketPath;
        OriginText = origin.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Scheme, host and port; path <c>/</c>.</summary>
    public Uri Origin { get; }

    /// <summary><see cref="Origin"/> as an Origin field writes it: no slash at the end, no default port.</summary>
    public string OriginText { get; }

    /// <summary>The socket file; null for TCP.</summary>
    public string? UnixSocketPath { get; }

    public bool IsHttps => Origin.Scheme == Uri.UriSchemeHttps;

    /// <summary>The Host field: the target's own name, so that servers that check it are content.</summary>
    public string HostField => Origin.Authority;

    /// <summary>Host for cookies: lower case, no port, no brackets.</summary>
    public string CookieHost => Origin.IdnHost.ToLowerInvariant();

    /// <summary>The origins under which the target's own pages may name it, separated by spaces; empty for a Unix socket, which has none.</summary>
    public string PageOrigins => UnixSocketPath is not null ? ""
        : !Origin.IsLoopback ? OriginText
        : string.Join(' ', new[] { OriginText }.Concat(LoopbackNames.Select(name => new UriBuilder(Origin) { Host = name }.Uri.GetLeftPart(UriPartial.Authority))).Distinct());

    private static string[] LoopbackNames { get; } = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>This machine under any of its names.</summary>
    public bool IsLoopback => UnixSocketPath is not null || Origin.IsLoopback;

    /// <summary>Reads what the user typed.</summary>
    /// <param name="problem">What is wrong and what to type instead; empty on success.</param>
    public static bool TryParse(string text, out TargetAddress target, out string problem)
    {
        target = null!;
        problem = "";
        text = text.Trim();
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
        {
            var path = text["unix:".Length..];
            if (!path.StartsWith('/'))
            {
                problem = $"'{text}' does not name a socket: write unix:/path/to/socket.";
                return false;
            }

            target = new TargetAddress(new Uri("http://localhost/"), path);
            return true;
        }

        var port = text.StartsWith(':') ? text[1..] : text;
        if (port.Length > 0 && port.All(char.IsAsciiDigit))
        {
            if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535)
            {
                problem = $"{port} is not a port: ports are 1 to 65535.";
                return false;
            }

            target = new TargetAddress(new Uri($"http://localhost:{number}/"), null);
            return true;
        }

        if (!text.Contains("://", StringComparison.Ordinal))
        {
            // A bare IPv6 address needs its brackets.
            text = !text.StartsWith('[') && IPAddress.TryParse(text, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                ? $"http://[{text}]"
                : "http://" + text;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            problem = $"'{text}' is not a target: write a port (3000), host:port, or a URL such as http://192.168.1.5:8080.";
            return false;
        }

        if (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        {
            problem = $"{uri.Scheme}:// targets cannot be shared: only http:// and https://.";
            return false;
        }

        if (uri.UserInfo.Length > 0)
        {
            problem = "A target cannot contain a user name or password; visitors log in themselves.";
            return false;
        }

        if (uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            problem = $"A target has no path: share {uri.GetLeftPart(UriPartial.Authority)} and open {uri.PathAndQuery} in the browser.";
            return false;
        }

        target = new TargetAddress(new Uri(uri.GetLeftPart(UriPartial.Authority) + "/"), null);
        return true;
    }

    /// <summary>As the user may type it again.</summary>
    public override string ToString() => UnixSocketPath is null ? OriginText : "unix:" + UnixSocketPath;
}
