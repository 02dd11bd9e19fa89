namespace PeerProxy.Protocol.Signaling;

/// <summary>The STUN and TURN servers a side may use, with credentials that end.</summary>
/// <param name="IceServers">The servers; may be empty.</param>
/// <param name="ExpiresAt">When the credentials end, in milliseconds since 1970; 0 when nothing expires. A new message comes before that.</param>
public sealed record IceServersPayload(IReadOnlyList<IceServer> IceServers, long ExpiresAt) : SignalingPayload(SignalingMessageType.IceServers)
{
    internal override bool IsAcceptable()
    {
        if (IceServers is not { Count: <= SignalingLimits.MaxIceServers } || ExpiresAt < 0)
        {
            return false;
        }
        foreach (var server in IceServers)
        {
            if (server is null || !server.IsAcceptable())
            {
                return false;
            }
        }
        return true;
    }
}
