using System.Diagnostics.CodeAnalysis;

namespace PeerProxy.Protocol.Identity;

/// <summary>Finds the certificate fingerprint of a session description: upper-case hex pairs joined by colons (RFC 8122 section 5).</summary>
public static class SdpFingerprint
{
    /// <summary>Characters of a SHA-256 fingerprint: 32 pairs and 31 colons.</summary>
    public const int Length = 95;

    private const string Attribute = "a=fingerprint:";

    /// <summary>Reads the SHA-256 fingerprint.</summary>
    /// <returns>False without one, with a malformed one, or with two that differ: what is signed must be what is used.</returns>
    public static bool TryRead(string sdp, [NotNullWhen(true)] out string? fingerprint)
    {
        fingerprint = null;
        foreach (var line in sdp.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(Attribute, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            var value = line[Attribute.Length..].Trim();
            var space = value.IndexOf(' ');
            if (space < 0 || !value[..space].Equals("sha-256", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
            var pairs = value[(space + 1)..].Trim().ToString().ToUpperInvariant();
            if (!IsWellFormed(pairs) || (fingerprint is not null && fingerprint != pairs))
            {
                fingerprint = null;
                return false;
            }
            fingerprint = pairs;
        }
        return fingerprint is not null;
    }

    /// <summary>Whether the text is a SHA-256 fingerprint in the form that is signed.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        if (text.Length != Length)
        {
            return false;
        }
        for (var i = 0; i < text.Length; i++)
        {
            if (i % 3 == 2 ? text[i] != ':' : !char.IsAsciiHexDigitUpper(text[i]))
            {
                return false;
            }
        }
        return true;
    }
}
