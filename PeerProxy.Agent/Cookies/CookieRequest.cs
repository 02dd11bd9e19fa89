namespace PeerProxy.Agent.Cookies;

/// <summary>Where a request goes and how it was made, as far as cookies depend on it.</summary>
/// <param name="Host">The target's host, lower case.</param>
/// <param name="Path">Path without query.</param>
/// <param name="IsSecure">True when Secure cookies may be set and sent: the visitor's or the target's scheme is https, or the target is this machine.</param>
/// <param name="IsSameSite">False when the request was started by a document of another site.</param>
/// <param name="IsTopLevelNavigation">A navigation of the page itself.</param>
/// <param name="IsSafeMethod">GET, HEAD, OPTIONS or TRACE.</param>
public readonly record struct CookieRequest(
    string Host, string Path, bool IsSecure = true, bool IsSameSite = true, bool IsTopLevelNavigation = false, bool IsSafeMethod = true)
{
    /// <summary>Another name the visitor knows the host by: a Domain attribute naming it means the target's host.</summary>
    public string? Alias { get; init; }

    /// <summary>The page wants no cookies of this request: what the response sets is not taken.</summary>
    public bool IsWithoutCredentials { get; init; }
}
