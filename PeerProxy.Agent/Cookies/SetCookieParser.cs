using System.Globalization;

namespace PeerProxy.Agent.Cookies;

/// <summary>A Set-Cookie value, taken apart (RFC 6265bis section 5.6). Nothing is judged here.</summary>
/// <param name="MaxAge">Seconds; negative or zero: expire now.</param>
/// <param name="Path">Null when absent or not absolute: the default path of the request.</param>
/// <param name="Domain">Lower case, without a leading dot; null when absent or empty.</param>
public sealed record ParsedCookie(
    string Name, string Value, string? Domain, string? Path, DateTimeOffset? Expires, long? MaxAge, bool Secure, bool HttpOnly, SameSite SameSite);

/// <summary>Reads Set-Cookie values the way browsers do: leniently.</summary>
public static class SetCookieParser
{
    /// <summary>RFC 6265bis section 5.6: name and value together.</summary>
    public const int MaxNameAndValueBytes = 4096;

    /// <summary>RFC 6265bis section 5.6: a longer attribute value is ignored.</summary>
    public const int MaxAttributeBytes = 1024;

    /// <returns>Null for what a browser would ignore.</returns>
    public static ParsedCookie? Parse(string line)
    {
        foreach (var character in line)
        {
            if (character is < ' ' and not '\t' or '\x7F')
            {
                return null;
            }
        }

        var rest = line.AsSpan();
        var pair = TakePart(ref rest);
        var equals = pair.IndexOf('=');
        var name = equals < 0 ? "" : pair[..equals].Trim(" \t").ToString();
        var value = (equals < 0 ? pair : pair[(equals + 1)..]).Trim(" \t").ToString();
        if ((name.Length == 0 && value.Length == 0) || name.Length + value.Length > MaxNameAndValueBytes)
        {
            return null;
        }

        var cookie = new ParsedCookie(name, value, null, null, null, null, false, false, SameSite.Default);
        while (!rest.IsEmpty)
        {
            var part = TakePart(ref rest);
            var separator = part.IndexOf('=');
            var attribute = (separator < 0 ? part : part[..separator]).Trim(" \t");
            var text = (separator < 0 ? [] : part[(separator + 1)..]).Trim(" \t");
            if (text.Length <= MaxAttributeBytes)
            {
                cookie = Apply(cookie, attribute, text);
            }
        }

        return cookie;
    }

    private static ParsedCookie Apply(ParsedCookie cookie, ReadOnlySpan<char> attribute, ReadOnlySpan<char> text)
    {
        if (attribute.Equals("expires", StringComparison.OrdinalIgnoreCase))
        {
            return CookieDate.Parse(text) is { } expires ? cookie with { Expires = expires } : cookie;
        }

        if (attribute.Equals("max-age", StringComparison.OrdinalIgnoreCase))
        {
            return TryReadMaxAge(text, out var seconds) ? cookie with { MaxAge = seconds } : cookie;
        }

        if (attribute.Equals("domain", StringComparison.OrdinalIgnoreCase))
        {
            var domain = text.StartsWith('.') ? text[1..] : text;
            return cookie with { Domain = domain.IsEmpty ? null : domain.ToString().ToLowerInvariant() };
        }

        if (attribute.Equals("path", StringComparison.OrdinalIgnoreCase))
        {
            return cookie with { Path = text.StartsWith('/') ? text.ToString() : null };
        }

        if (attribute.Equals("secure", StringComparison.OrdinalIgnoreCase))
        {
            return cookie with { Secure = true };
        }

        if (attribute.Equals("httponly", StringComparison.OrdinalIgnoreCase))
        {
            return cookie with { HttpOnly = true };
        }

        if (attribute.Equals("samesite", StringComparison.OrdinalIgnoreCase))
        {
            return cookie with
            {
                SameSite = text.Equals("none", StringComparison.OrdinalIgnoreCase) ? SameSite.None
                    : text.Equals("strict", StringComparison.OrdinalIgnoreCase) ? SameSite.Strict
                    : text.Equals("lax", StringComparison.OrdinalIgnoreCase) ? SameSite.Lax
                    : SameSite.Default,
            };
        }

        return cookie;
    }

    private static bool TryReadMaxAge(ReadOnlySpan<char> text, out long seconds)
    {
        seconds = 0;
        var digits = text.StartsWith('-') ? text[1..] : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        // More digits than fit mean "very long" or "long ago".
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seconds))
        {
            seconds = text.StartsWith('-') ? 0 : long.MaxValue;
        }

        return true;
    }

    private static ReadOnlySpan<char> TakePart(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(';');
        var part = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return part;
    }
}
