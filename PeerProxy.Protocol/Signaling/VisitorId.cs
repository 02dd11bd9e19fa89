using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace PeerProxy.Protocol.Signaling;

/// <summary>The id a node gives a visitor's socket: <c>v-</c>, the node's route (8 characters), and 128 random bits in base64url.</summary>
/// <remarks>It cannot be guessed, so only an agent that got an offer can address the visitor. The route lets any node find the visitor's node without a look-up.</remarks>
public readonly record struct VisitorId
{
    public const string Prefix = "v-";

    /// <summary>Characters of a node's route, from <see cref="PeerId.ReadableAlphabet"/>.</summary>
    public const int RouteLength = 8;

    private const int RandomBytes = 16;

    private const int RandomLength = 22;

    /// <summary>Characters of a visitor id.</summary>
    public const int Length = 2 + RouteLength + RandomLength;

    private readonly string? _value;

    private VisitorId(string value) => _value = value;

    public string Value => _value ?? "";

    /// <summary>The route of the node that holds the visitor's socket.</summary>
    public string Route => Value.Substring(Prefix.Length, RouteLength);

    /// <summary>A new id of the node with this route.</summary>
    public static VisitorId Create(string route)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(route.Length, RouteLength);
        Span<byte> random = stackalloc byte[RandomBytes];
        RandomNumberGenerator.Fill(random);
        return new VisitorId(string.Concat(Prefix, route, Base64Url.EncodeToString(random)));
    }

    /// <summary>Reads an id; false when it has not the shape of one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out VisitorId id)
    {
        id = default;
        if (text is not { Length: Length } || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }
        foreach (var c in text.AsSpan(Prefix.Length, RouteLength))
        {
            if (!PeerId.ReadableAlphabet.Contains(c))
            {
                return false;
            }
        }
        if (!Base64UrlText.IsBytes(text[(Prefix.Length + RouteLength)..], RandomBytes, RandomBytes))
        {
            return false;
        }
        id = new VisitorId(text);
        return true;
    }

    public override string ToString() => Value;
}
