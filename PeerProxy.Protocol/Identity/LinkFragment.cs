using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace PeerProxy.Protocol.Identity;

/// <summary>The fragment of a link: <c>k=HASH</c>, then after <c>&amp;</c> the site's own fragment. It never reaches a server.</summary>
public static class LinkFragment
{
    private const string KeyPrefix = "k=";

    private const int KeyHashLength = 43;

    private const int KeyHashBytes = 32;

    /// <summary>The link that carries the key: the URL and <c>#k=HASH</c>.</summary>
    /// <param name="url">The visitor's URL without a fragment.</param>
    /// <param name="keyHash">The agent's key hash.</param>
    public static string ToLink(string url, string keyHash)
    {
        var hasPath = Uri.TryCreate(url, UriKind.Absolute, out var uri) && url.AsSpan(uri.GetLeftPart(UriPartial.Authority).Length).StartsWith('/');
        return string.Concat(url, hasPath ? "#" : "/#", Format(keyHash));
    }

    /// <summary>The fragment without the leading <c>#</c>.</summary>
    public static string Format(string keyHash, string? siteFragment = null) =>
        string.IsNullOrEmpty(siteFragment) ? KeyPrefix + keyHash : string.Concat(KeyPrefix, keyHash, "&", siteFragment);

    /// <summary>Splits a fragment into key hash and site fragment.</summary>
    /// <param name="fragment">With or without the leading <c>#</c>.</param>
    /// <param name="siteFragment">The site's own part; the whole fragment when there is no key.</param>
    /// <returns>False when there is no key hash, or not a well-formed one.</returns>
    public static bool TryParse(string fragment, [NotNullWhen(true)] out string? keyHash, out string siteFragment)
    {
        var text = fragment.StartsWith('#') ? fragment[1..] : fragment;
        keyHash = null;
        siteFragment = text;
        if (!text.StartsWith(KeyPrefix, StringComparison.Ordinal))
        {
            return false;
        }
        var end = text.IndexOf('&');
        var hash = end < 0 ? text[KeyPrefix.Length..] : text[KeyPrefix.Length..end];
        if (!IsKeyHash(hash))
        {
            return false;
        }
        keyHash = hash;
        siteFragment = end < 0 ? "" : text[(end + 1)..];
        return true;
    }

    /// <summary>Whether the text is the base64url of 32 bytes.</summary>
    public static bool IsKeyHash(string? text) =>
        text is { Length: KeyHashLength } && Base64Url.IsValid(text, out var bytes) && bytes == KeyHashBytes;
}
