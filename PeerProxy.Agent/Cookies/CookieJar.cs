using System.Net;
using System.Text;

namespace PeerProxy.Agent.Cookies;

/// <summary>The cookies of one visitor session (RFC 6265bis). Thread-safe; values are never logged.</summary>
/// <remarks>
/// The browser never sees HttpOnly cookies: the jar adds them to requests here, next to the target. Cookies that scripts may see are mirrored to the
/// browser as <c>pp-cookie</c> fields, and what scripts write comes back as <c>pp-document-cookie</c>.
/// </remarks>
public sealed class CookieJar(TimeProvider timeProvider)
{
    /// <summary>RFC 6265bis section 6.1 asks for at least 50; browsers keep 180.</summary>
    public const int MaxPerDomain = 180;

    /// <summary>Over all domains; a target is one host, so this is generous.</summary>
    public const int MaxTotal = 600;

    /// <summary>RFC 6265bis section 5.5: no cookie lives longer.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(400);

    private readonly Lock _gate = new();
    private readonly List<Cookie> _cookies = [];

    /// <summary>Raised after a change, outside the lock; for persistence.</summary>
    public event Action? Changed;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _cookies.Count;
            }
        }
    }

    /// <summary>Takes a Set-Cookie value of the target.</summary>
    /// <returns>What the browser's <c>document.cookie</c> has to be told (a Set-Cookie value without Domain), or null.</returns>
    public string? SetFromTarget(string setCookie, in CookieRequest request) => Set(setCookie, request, fromScript: false);

    /// <summary>Takes what a script of the page assigned to <c>document.cookie</c>.</summary>
    /// <returns>True when it was accepted.</returns>
    public bool SetFromScript(string assignment, in CookieRequest request) => Set(assignment, request, fromScript: true) is not null;

    /// <summary>Forgets all cookies.</summary>
    /// <returns>What the browser's <c>document.cookie</c> has to be told, as <see cref="SetFromTarget"/>; one for each that was there.</returns>
    public IReadOnlyList<string> Clear()
    {
        List<Cookie> gone;
        lock (_gate)
        {
            gone = [.. _cookies];
            _cookies.Clear();
        }

        if (gone.Count > 0)
        {
            Changed?.Invoke();
        }

        // A cookie with neither name nor value would be none.
        return [.. gone.Select(cookie => WithoutDomain(cookie with { Value = cookie.Name.Length > 0 ? "" : "gone", Expires = DateTimeOffset.MinValue }))];
    }

    /// <summary>The value of the Cookie field for a request, as octets in Latin-1; null when there is none.</summary>
    public string? GetHeader(in CookieRequest request)
    {
        lock (_gate)
        {
            var now = timeProvider.GetUtcNow();
            RemoveExpired(now);
            var context = request;
            var matching = _cookies.Where(cookie => Matches(cookie, context))
                .OrderByDescending(cookie => cookie.Path.Length).ThenBy(cookie => cookie.Created).ToList();
            if (matching.Count == 0)
            {
                return null;
            }

            var header = new StringBuilder();
            foreach (var cookie in matching)
            {
                _cookies[_cookies.IndexOf(cookie)] = cookie with { LastAccess = now };
                header.Append(header.Length > 0 ? "; " : "");
                if (cookie.Name.Length > 0)
                {
                    header.Append(cookie.Name).Append('=');
                }

                header.Append(cookie.Value);
            }

            return header.ToString();
        }
    }

    /// <summary>All cookies, for persistence.</summary>
    public IReadOnlyList<Cookie> Snapshot()
    {
        lock (_gate)
        {
            RemoveExpired(timeProvider.GetUtcNow());
            return [.. _cookies];
        }
    }

    /// <summary>Puts back what <see cref="Snapshot"/> gave.</summary>
    public void Restore(IEnumerable<Cookie> cookies)
    {
        lock (_gate)
        {
            _cookies.Clear();
            _cookies.AddRange(cookies.Take(MaxTotal));
            RemoveExpired(timeProvider.GetUtcNow());
        }
    }

    private string? Set(string line, in CookieRequest request, bool fromScript)
    {
        if (SetCookieParser.Parse(line) is not { } parsed || !IsAcceptable(parsed, request, fromScript, out var domain, out var hostOnly))
        {
            return null;
        }

        var now = timeProvider.GetUtcNow();
        var cookie = new Cookie
        {
            Name = parsed.Name,
            Value = parsed.Value,
            Domain = domain,
            HostOnly = hostOnly,
            Path = parsed.Path ?? DefaultPath(request.Path),
            Secure = parsed.Secure,
            HttpOnly = parsed.HttpOnly,
            SameSite = parsed.SameSite,
            Expires = ExpiryOf(parsed, now),
            Created = now,
            LastAccess = now,
        };

        lock (_gate)
        {
            var index = _cookies.FindIndex(other =>
                other.Name == cookie.Name && other.Domain == cookie.Domain && other.HostOnly == cookie.HostOnly && other.Path == cookie.Path);
            if (fromScript && index >= 0 && _cookies[index].HttpOnly)
            {
                return null;
            }

            if (index >= 0)
            {
                cookie = cookie with { Created = _cookies[index].Created };
                _cookies.RemoveAt(index);
            }

            if (cookie.Expires is not { } expires || expires > now)
            {
                _cookies.Add(cookie);
                RemoveExpired(now);
                Evict(cookie.Domain);
            }
        }

        Changed?.Invoke();
        // Of an HttpOnly cookie the browser learns the name alone: scripts must not see what it has replaced, nor write over it.
        return cookie.HttpOnly ? WithoutDomain(cookie with { Value = "" }) + "; HttpOnly" : WithoutDomain(cookie);
    }

    private static bool IsAcceptable(ParsedCookie cookie, in CookieRequest request, bool fromScript, out string domain, out bool hostOnly)
    {
        domain = request.Host;
        hostOnly = true;
        if (fromScript && cookie.HttpOnly)
        {
            return false;
        }

        if (cookie.Domain is { } asked && asked != request.Alias)
        {
            if (!DomainMatches(request.Host, asked))
            {
                return false;
            }

            // A Domain of one label would be a whole top level; only a host may name itself so.
            if (!asked.Contains('.', StringComparison.Ordinal) && asked != request.Host)
            {
                return false;
            }

            domain = asked;
            hostOnly = IPAddress.TryParse(asked, out _);
        }

        // RFC 6265bis section 5.7: who wants to be sent everywhere must be Secure.
        if ((cookie.Secure && !request.IsSecure) || (cookie.SameSite == SameSite.None && !cookie.Secure))
        {
            return false;
        }

        if (!request.IsSameSite && !request.IsTopLevelNavigation && cookie.SameSite != SameSite.None)
        {
            return false;
        }

        return HasPrefix(cookie, "__Secure-") ? cookie.Secure
            : !HasPrefix(cookie, "__Host-") || (cookie.Secure && cookie.Domain is null && cookie.Path == "/");
    }

    /// <summary>RFC 6265bis section 5.7 also guards nameless cookies whose value looks like a prefix.</summary>
    private static bool HasPrefix(ParsedCookie cookie, string prefix) =>
        (cookie.Name.Length > 0 ? cookie.Name : cookie.Value).StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    private static DateTimeOffset? ExpiryOf(ParsedCookie cookie, DateTimeOffset now)
    {
        if (cookie.MaxAge is { } seconds)
        {
            return seconds <= 0 ? DateTimeOffset.MinValue : now + TimeSpan.FromSeconds(Math.Min(seconds, (long)MaxLifetime.TotalSeconds));
        }

        return cookie.Expires is { } expires && expires > now + MaxLifetime ? now + MaxLifetime : cookie.Expires;
    }

    private static bool Matches(Cookie cookie, in CookieRequest request)
    {
        var host = request.Host;
        if (!(cookie.HostOnly ? host == cookie.Domain : DomainMatches(host, cookie.Domain)) || !PathMatches(request.Path, cookie.Path)
            || (cookie.Secure && !request.IsSecure))
        {
            return false;
        }

        return request.IsSameSite || cookie.SameSite switch
        {
            SameSite.None => true,
            SameSite.Strict => false,
            _ => request is { IsTopLevelNavigation: true, IsSafeMethod: true },
        };
    }

    private static bool DomainMatches(string host, string domain) =>
        host == domain || (host.EndsWith(domain, StringComparison.Ordinal) && host[^(domain.Length + 1)] == '.' && !IPAddress.TryParse(host, out _));

    private static bool PathMatches(string path, string cookiePath) =>
        path == cookiePath || (path.StartsWith(cookiePath, StringComparison.Ordinal) && (cookiePath.EndsWith('/') || path[cookiePath.Length] == '/'));

    private static string DefaultPath(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    private static string WithoutDomain(Cookie cookie)
    {
        var text = new StringBuilder(cookie.Name.Length > 0 ? cookie.Name + "=" : "").Append(cookie.Value).Append("; Path=").Append(cookie.Path);
        if (cookie.Expires is { } expires)
        {
            text.Append("; Expires=").Append(expires == DateTimeOffset.MinValue ? "Thu, 01 Jan 1970 00:00:00 GMT" : expires.ToString("R"));
        }

        return text.Append(cookie.Secure ? "; Secure" : "")
            .Append(cookie.SameSite == SameSite.Default ? "" : $"; SameSite={cookie.SameSite}").ToString();
    }

    private void RemoveExpired(DateTimeOffset now) => _cookies.RemoveAll(cookie => cookie.Expires <= now);

    /// <summary>Over the limit, the cookie that was not used for longest goes (RFC 6265bis section 5.7).</summary>
    private void Evict(string domain)
    {
        while (_cookies.Count(cookie => cookie.Domain == domain) > MaxPerDomain)
        {
            _cookies.Remove(_cookies.Where(cookie => cookie.Domain == domain).MinBy(cookie => cookie.LastAccess)!);
        }

        while (_cookies.Count > MaxTotal)
        {
            _cookies.Remove(_cookies.MinBy(cookie => cookie.LastAccess)!);
        }
    }
}
