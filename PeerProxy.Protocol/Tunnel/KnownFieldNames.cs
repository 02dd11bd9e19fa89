using System.Collections.Frozen;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>Names that are common in heads and not in the static table, so that decoding them allocates nothing.</summary>
internal static class KnownFieldNames
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Names = new[]
    {
        "pp-destination", "pp-mode", "pp-credentials", "pp-referrer", "pp-client", "pp-user-agent", "pp-cookie", "pp-document-cookie", "pp-error", "priority",
        "connection", "content-language", "content-range", "expires", "keep-alive", "sec-websocket-protocol", "transfer-encoding",
        "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "x-requested-with", "x-powered-by", "referrer-policy", "permissions-policy",
        "cross-origin-opener-policy", "cross-origin-resource-policy", "accept-charset", "last-event-id", "pragma", "dnt", "x-request-id",
    }.ToFrozenSet().GetAlternateLookup<ReadOnlySpan<char>>();

    public static string Get(ReadOnlySpan<char> name) => Names.TryGetValue(name, out var known) ? known : name.ToString();
}
