using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>The head of an HTTP/1.1 request that opens a WebSocket at the signaling endpoint, of the kind that agents, browsers and edges send.</summary>
/// <param name="Peer">The agent a visitor asks for; null for an agent.</param>
/// <param name="Key">The value of <c>Sec-WebSocket-Key</c>.</param>
/// <param name="ForwardedFor">The last address in <c>X-Forwarded-For</c>; null without one.</param>
/// <remarks>
/// This is no HTTP parser. It recognises one kind of request, byte for byte, and says no to everything else, however valid: the HTTP server decides about that.
/// </remarks>
internal readonly record struct UpgradeRequest(PeerId? Peer, string Key, IPAddress? ForwardedFor)
{
    /// <summary>Characters of a key.</summary>
    public const int KeyLength = 24;

    private const int KeyBytes = 16;

    private static readonly byte[] Start = Encoding.ASCII.GetBytes($"GET {SignalingEndpoint.Path}");
    private static readonly byte[] PeerStart = Encoding.ASCII.GetBytes($"?{SignalingEndpoint.PeerParameter}=");

    // What a field value may hold: visible ASCII, space and tab. Names are checked by being one of those that are known, or ignored.
    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create([9, .. Enumerable.Range(32, 95).Select(number => (byte)number)]);

    [Flags]
    private enum Fields
    {
        None = 0,
        Host = 1,
        Upgrade = 2,
        Connection = 4,
        Version = 8,
        Key = 16,
        ForwardedFor = 32,
        Needed = Host | Upgrade | Connection | Version | Key,
    }

    /// <summary>Reads a whole head.</summary>
    /// <param name="head">All that has arrived so far.</param>
    /// <param name="request">The request.</param>
    /// <returns>False when it is another kind of request, is not complete, or is followed by something.</returns>
    public static bool TryRead(ReadOnlySpan<byte> head, out UpgradeRequest request)
    {
        request = default;
        var lineEnd = head.IndexOf("\r\n"u8);
        if (lineEnd < 0 || !TryReadTarget(head[..lineEnd], out var peer))
        {
            return false;
        }
        var rest = head[(lineEnd + 2)..];
        var seen = Fields.None;
        var key = "";
        IPAddress? forwardedFor = null;
        while (true)
        {
            lineEnd = rest.IndexOf("\r\n"u8);
            if (lineEnd <= 0)
            {
                // The empty line must be the last thing there is.
                request = new UpgradeRequest(peer, key, forwardedFor);
                return lineEnd == 0 && rest.Length == 2 && (seen & Fields.Needed) == Fields.Needed;
            }
            var line = rest[..lineEnd];
            rest = rest[(lineEnd + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].IndexOfAnyExcept(FieldNameBytes) >= 0 || line[(colon + 1)..].IndexOfAnyExcept(ValueBytes) >= 0)
            {
                return false;
            }
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);
            var field = FieldOf(name);
            if (field == null || (seen & field.Value) != Fields.None)
            {
                return false;
            }
            seen |= field.Value;
            var isRight = field.Value switch
            {
                Fields.Host => !value.IsEmpty,
                Fields.Upgrade => Ascii.EqualsIgnoreCase(value, "websocket"u8),
                Fields.Connection => HasToken(value, "upgrade"u8),
                Fields.Version => value.SequenceEqual("13"u8),
                Fields.Key => TryReadKey(value, out key),
                Fields.ForwardedFor => TryReadLastAddress(value, out forwardedFor),
                _ => true,
            };
            if (!isRight)
            {
                return false;
            }
        }
    }

    private static readonly SearchValues<byte> FieldNameBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>The field's mark; none for one that does not matter, null for one that makes this another kind of request.</summary>
    private static Fields? FieldOf(ReadOnlySpan<byte> name) =>
        Is(name, "Host"u8) ? Fields.Host
        : Is(name, "Upgrade"u8) ? Fields.Upgrade
        : Is(name, "Connection"u8) ? Fields.Connection
        : Is(name, "Sec-WebSocket-Version"u8) ? Fields.Version
        : Is(name, "Sec-WebSocket-Key"u8) ? Fields.Key
        : Is(name, "X-Forwarded-For"u8) ? Fields.ForwardedFor
        : Is(name, "Content-Length"u8) || Is(name, "Transfer-Encoding"u8) || Is(name, "Expect"u8) || Is(name, "Sec-WebSocket-Protocol"u8) ? null
        : Fields.None;

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known) => Ascii.EqualsIgnoreCase(name, known);

    private static bool TryReadTarget(ReadOnlySpan<byte> line, out PeerId? peer)
    {
        peer = null;
        if (!line.StartsWith(Start) || !line.EndsWith(" HTTP/1.1"u8))
        {
            return false;
        }
        var query = line[Start.Length..^" HTTP/1.1".Length];
        if (query.IsEmpty)
        {
            return true;
        }
        // An id holds nothing that needs escaping, so what is escaped or is no id is not for here.
        if (!query.StartsWith(PeerStart) || !PeerId.TryParse(Encoding.ASCII.GetString(query[PeerStart.Length..]), out var id))
        {
            return false;
        }
        peer = id;
        return true;
    }

    private static bool HasToken(ReadOnlySpan<byte> list, ReadOnlySpan<byte> token)
    {
        foreach (var range in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), token))
            {
                return true;
            }
        }
        return false;
    }

    private static bool TryReadKey(ReadOnlySpan<byte> value, out string key)
    {
        key = "";
        if (value.Length != KeyLength || !Base64.IsValid(value, out var length) || length != KeyBytes)
        {
            return false;
        }
        key = Encoding.ASCII.GetString(value);
        return true;
    }

    /// <summary>The nearest proxy appends what it saw; what stands before is hearsay.</summary>
    private static bool TryReadLastAddress(ReadOnlySpan<byte> value, out IPAddress? address)
    {
        var last = value[(value.LastIndexOf((byte)',') + 1)..].Trim(" \t"u8);
        var isRead = IPEndPoint.TryParse(Encoding.ASCII.GetString(last), out var endPoint);
        address = endPoint?.Address;
        return isRead;
    }
}
