using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace PeerProxy.Protocol.Signaling;

/// <summary>The DNS label an agent is reachable under: 4 to 40 characters of a-z, 0-9 and hyphen, none at either end, and not reserved.</summary>
public readonly record struct PeerId
{
    public const int MinLength = 4;

    public const int MaxLength = 40;

    /// <summary>Characters of a random id: 31^6 is 887 million, so a collision is rare and a retry settles it.</summary>
    public const int RandomLength = 6;

    /// <summary>What random ids are made of: no 0 and o, 1 and l and i, which people mix up.</summary>
    public const string ReadableAlphabet = "23456789abcdefghjkmnpqrstuvwxyz";

    private readonly string? _value;

    private PeerId(string value) => _value = value;

    /// <summary>The label; empty for the default value.</summary>
    public string Value => _value ?? "";

    /// <summary>A random id, from the cryptographic generator.</summary>
    public static PeerId Random() => new(RandomNumberGenerator.GetString(ReadableAlphabet, RandomLength));

    /// <summary>Reads an id; false when it breaks a rule.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PeerId id)
    {
        if (!IsValid(text))
        {
            id = default;
            return false;
        }
        id = new PeerId(text);
        return true;
    }

    /// <summary>Reads an id of our own making.</summary>
    /// <exception cref="FormatException">It breaks a rule.</exception>
    public static PeerId Parse(string text) => TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a peer id.");

    /// <summary>Whether the text is an id that an agent may have.</summary>
    public static bool IsValid([NotNullWhen(true)] string? text)
    {
        if (text is not { Length: >= MinLength and <= MaxLength } || text[0] == '-' || text[^1] == '-')
        {
            return false;
        }
        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
            {
                return false;
            }
        }
        return !IsReserved(text);
    }

    /// <summary>Whether the text is kept for the service itself, for visitor ids, or for internationalised labels.</summary>
    public static bool IsReserved(string text) =>
        text is "www" or "api" or "signal" or "turn" or "stun" or "peerproxy" or "localhost"
        || text.StartsWith(VisitorId.Prefix, StringComparison.Ordinal) || text.StartsWith("xn--", StringComparison.Ordinal);

    public override string ToString() => Value;
}
