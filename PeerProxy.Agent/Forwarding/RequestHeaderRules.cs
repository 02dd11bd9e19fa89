using PeerProxy.Agent.Cookies;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Makes of a visitor's request head the fields the target would get from a browser that talks to it directly.</summary>
/// <remarks>
/// One consistent picture: Host, Origin and Referer all name the target itself, so that servers that compare them (CSRF checks, host checks of
/// development servers) are content. That is why <c>X-Forwarded-Host</c> and <c>-Proto</c> are sent only on request: frameworks that read them compare them with Origin too.
/// </remarks>
internal static class RequestHeaderRules
{
    /// <summary>What the browser can decode inside a service worker (it has no brotli or zstd there).</summary>
    private const string AcceptEncoding = "gzip, deflate";

    /// <summary>Host is not among them: the request's URI says it.</summary>
    public static List<Field> ToTarget(RequestHead head, in OriginMap origins, VisitorContext visitor, TargetAddress target, bool sendForwardedHost)
    {
        var connection = HopByHopFields.NamedBy(head.Fields.Where(field => field.Name == "connection").Select(field => field.Value));
        var fields = new List<Field>(head.Fields.Count + 12);
        foreach (var field in head.Fields)
        {
            if (!IsReplaced(field.Name) && !HopByHopFields.Contains(field.Name, connection) && !(field.Name == "user-agent" && head.UserAgent is not null))
            {
                fields.Add(field);
            }
        }

        if (head.UserAgent is { Length: > 0 } userAgent)
        {
            fields.Add(new Field("user-agent", userAgent));
        }

        fields.Add(new Field("accept-encoding", head.HasRange ? "identity" : AcceptEncoding));
        AddReferer(fields, head, origins);
        AddOrigin(fields, head, origins);
        AddFetchMetadata(fields, head, origins);
        var cookies = CookieRequestOf(head, origins, target);
        foreach (var written in head.DocumentCookies)
        {
            visitor.CookieWrites.ApplyFromRequest(written, cookies);
        }

        if (head.Credentials != "omit" && visitor.Cookies.GetHeader(cookies) is { } cookieHeader)
        {
            fields.Add(new Field("cookie", cookieHeader));
        }

        if (visitor.RemoteAddress is { } address)
        {
            fields.Add(new Field("x-forwarded-for", address));
        }

        if (sendForwardedHost)
        {
            fields.Add(new Field("x-forwarded-host", head.Authority));
            fields.Add(new Field("x-forwarded-proto", head.Scheme));
        }

        return fields;
    }

    /// <summary>What the jar needs to know of the request.</summary>
    public static CookieRequest CookieRequestOf(RequestHead head, in OriginMap origins, TargetAddress target) => new(
        target.CookieHost,
        head.PathOnly,
        IsSecure: target.IsHttps || target.IsLoopback || head.Scheme == "https",
        IsSameSite: IsSameSite(head, origins),
        IsTopLevelNavigation: head is { IsNavigation: true, Destination: "document" or "iframe" or null },
        IsSafeMethod: head.IsSafeMethod)
    {
        Alias = head.Authority.Split(':')[0],
        IsWithoutCredentials = head.Credentials == "omit",
    };

    /// <summary>The fields made here; what the visitor sent under these names is not believed. Expect is for a hop that has a body in hand; here the agent takes the body anyway.</summary>
    private static bool IsReplaced(string name) =>
        name is "host" or "expect" or "accept-encoding" or "referer" or "origin" or "cookie" or "cookie2" or "x-forwarded-for" or "x-forwarded-host" or "x-forwarded-proto" or "forwarded"
        || name.StartsWith("sec-fetch-", StringComparison.Ordinal) || name.StartsWith("sec-websocket-", StringComparison.Ordinal);

    private static bool IsSameSite(RequestHead head, in OriginMap origins) =>
        head.Client is { Length: > 0 } client ? origins.IsVisitorUrl(client)
        : head.Referrer is not { Length: > 0 } referrer || !IsAbsolute(referrer) || origins.IsVisitorUrl(referrer);

    private static void AddReferer(List<Field> fields, RequestHead head, in OriginMap origins)
    {
        if (head.Referrer is not { Length: > 0 } referrer || !IsAbsolute(referrer))
        {
            return;
        }

        var fragment = referrer.IndexOf('#', StringComparison.Ordinal);
        fields.Add(new Field("referer", origins.ToTarget(fragment < 0 ? referrer : referrer[..fragment])));
    }

    /// <summary>As the Fetch standard's "append a request Origin header".</summary>
    private static void AddOrigin(List<Field> fields, RequestHead head, in OriginMap origins)
    {
        var given = head.Fields.FirstOrDefault(field => field.Name == "origin").Value;
        var isCrossOrigin = head.Client is { Length: > 0 } client && !origins.IsVisitorUrl(client);
        if (given is null && head.IsSafeMethod && head.Mode != "websocket" && !(head.Mode == "cors" && isCrossOrigin))
        {
            return;
        }

        var source = given ?? OriginOf(head.Client) ?? OriginOf(head.Referrer) ?? origins.VisitorOrigin;
        fields.Add(new Field("origin", origins.ToTarget(source)));
    }

    private static void AddFetchMetadata(List<Field> fields, RequestHead head, in OriginMap origins)
    {
        if (head.Mode is not { Length: > 0 } mode)
        {
            return;
        }

        var hasInitiator = head.Client is { Length: > 0 } || (head.Referrer is { } referrer && IsAbsolute(referrer));
        fields.Add(new Field("sec-fetch-site", !hasInitiator && head.IsNavigation ? "none" : IsSameSite(head, origins) ? "same-origin" : "cross-site"));
        fields.Add(new Field("sec-fetch-mode", mode));
        fields.Add(new Field("sec-fetch-dest", head.Destination is { Length: > 0 } destination ? destination : "empty"));
    }

    private static bool IsAbsolute(string url) =>
        url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    private static string? OriginOf(string? url)
    {
        if (url is null || !IsAbsolute(url))
        {
            return null;
        }

        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = url.AsSpan(start).IndexOfAny("/?#");
        return end < 0 ? url : url[..(start + end)];
    }
}
