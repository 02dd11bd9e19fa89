namespace PeerProxy.Protocol.Signaling;

/// <summary>One STUN or TURN server, in the shape of the browser's <c>RTCIceServer</c>.</summary>
/// <param name="Urls">One or more <c>stun:</c>, <c>turn:</c> or <c>turns:</c> URLs.</param>
/// <param name="Username">TURN user name; null for STUN.</param>
/// <param name="Credential">TURN password; null for STUN. A secret: it is left out of <see cref="ToString"/>.</param>
public sealed record IceServer(IReadOnlyList<string> Urls, string? Username = null, string? Credential = null)
{
    internal bool IsAcceptable()
    {
        if (Urls is not { Count: > 0 and <= SignalingLimits.MaxIceServers }
            || Username is { Length: > SignalingLimits.MaxTextLength } || Credential is { Length: > SignalingLimits.MaxTextLength })
        {
            return false;
        }
        foreach (var url in Urls)
        {
            if (url is not { Length: > 0 and <= SignalingLimits.MaxTextLength })
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The URLs only.</summary>
    public override string ToString() => string.Join(' ', Urls);
}
