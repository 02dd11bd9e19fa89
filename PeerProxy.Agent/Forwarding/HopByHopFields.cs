using System.Collections.Frozen;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Fields that belong to one connection and never travel on (RFC 9110 section 7.6.1).</summary>
internal static class HopByHopFields
{
    private static readonly FrozenSet<string> Names = new[]
    {
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "proxy-authentication-info",
        "te", "trailer", "transfer-encoding", "upgrade", "http2-settings",
    }.ToFrozenSet();

    /// <param name="connection">Values of the Connection fields, which name further fields.</param>
    public static bool Contains(string name, IReadOnlyCollection<string> connection) => Names.Contains(name) || connection.Contains(name);

    /// <summary>The lower-case names in Connection values.</summary>
    public static IReadOnlyCollection<string> NamedBy(IEnumerable<string> connectionValues)
    {
        HashSet<string>? names = null;
        foreach (var value in connectionValues)
        {
            foreach (var name in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                (names ??= []).Add(name.ToLowerInvariant());
            }
        }

        return (IReadOnlyCollection<string>?)names ?? [];
    }
}
