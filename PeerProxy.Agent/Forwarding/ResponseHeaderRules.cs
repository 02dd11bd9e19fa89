using System.Collections.Concurrent;
using System.Net.Http.Headers;
using PeerProxy.Agent.Cookies;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Makes of the target's response fields the ones the visitor gets.</summary>
internal static class ResponseHeaderRules
{
    /// <summary>Names seen so far, in lower case; bounded, since a target could make up names without end.</summary>
    private static readonly ConcurrentDictionary<string, string> LowerNames = new();

    private const int MaxLowerNames = 1024;

    /// <summary>The fields of a response head without <c>:status</c>; cookies go to the jar, and come back as <c>pp-cookie</c> where scripts may see them.</summary>
    public static void Append(
        List<Field> fields, HttpHeadersNonValidated headers, IReadOnlyCollection<string> connection, in OriginMap origins, VisitorContext visitor, in CookieRequest cookies)
    {
        foreach (var header in headers)
        {
            var name = Lower(header.Key);
            foreach (var value in header.Value)
            {
                Append(fields, name, value, connection, origins, visitor, cookies);
            }
        }
    }

    /// <summary>One field line of the target.</summary>
    /// <param name="name">Lower case.</param>
    public static void Append(
        List<Field> fields, string name, string value, IReadOnlyCollection<string> connection, in OriginMap origins, VisitorContext visitor, in CookieRequest cookies)
    {
        if (HopByHopFields.Contains(name, connection) || name.StartsWith("pp-", StringComparison.Ordinal) || name is "alt-svc" or "set-cookie2")
        {
            return;
        }

        if (name == "set-cookie")
        {
            if (!cookies.IsWithoutCredentials && visitor.Cookies.SetFromTarget(value, cookies) is { } visible)
            {
                Add(fields, new Field("pp-cookie", visible));
            }

            return;
        }

        Add(fields, new Field(name, name switch
        {
            "location" or "content-location" or "access-control-allow-origin" => origins.ToVisitor(value),
            "refresh" => MapRefresh(value, origins),
            _ => value,
        }));
    }

    /// <summary><c>Clear-Site-Data</c> (W3C) as far as it is about cookies: those this response itself has set go too. The rest of it is for the browser.</summary>
    public static void ClearCookies(List<Field> fields, HttpHeadersNonValidated headers, VisitorContext visitor, in CookieRequest cookies)
    {
        if (cookies is { IsSecure: true, IsWithoutCredentials: false } && headers.TryGetValues("Clear-Site-Data", out var values)
            && values.Any(value => value.Contains("\"cookies\"", StringComparison.Ordinal) || value.Contains("\"*\"", StringComparison.Ordinal)))
        {
            fields.AddRange(visitor.Cookies.Clear().Select(gone => new Field("pp-cookie", gone)));
        }
    }

    public static string Lower(string name)
    {
        if (LowerNames.TryGetValue(name, out var lower))
        {
            return lower;
        }

        lower = name.ToLowerInvariant();
        if (LowerNames.Count < MaxLowerNames)
        {
            LowerNames.TryAdd(name, lower);
        }

        return lower;
    }

    /// <summary>A field a browser would refuse is left out rather than ending the response.</summary>
    private static void Add(List<Field> fields, Field field)
    {
        if (FieldSection.IsValid(field))
        {
            fields.Add(field);
        }
    }

    /// <summary><c>5; url=http://localhost:3000/next</c>, with or without quotes.</summary>
    private static string MapRefresh(string value, in OriginMap origins)
    {
        var at = value.IndexOf("url=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return value;
        }

        at += "url=".Length;
        if (at < value.Length && value[at] is '"' or '\'')
        {
            at++;
        }

        return string.Concat(value.AsSpan(0, at), origins.ToVisitor(value[at..]));
    }
}
