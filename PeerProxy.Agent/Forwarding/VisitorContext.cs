using PeerProxy.Agent.Cookies;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Who asks: what forwarding has to know of a visitor.</summary>
/// <param name="cookies">The jar of the visitor's session, or of the connection alone.</param>
/// <param name="remoteAddress">The visitor's IP address where the path shows it; null over a relay.</param>
public sealed class VisitorContext(CookieJar cookies, Func<string?> remoteAddress)
{
    public CookieJar Cookies { get; } = cookies;

    public string? RemoteAddress => remoteAddress();

    /// <summary>What scripts wrote to <c>document.cookie</c>, told twice: at once, and with the next request.</summary>
    public DocumentCookieWrites CookieWrites { get; } = new(cookies);
}
