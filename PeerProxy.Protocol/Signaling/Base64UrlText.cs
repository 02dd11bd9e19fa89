using System.Buffers.Text;

namespace PeerProxy.Protocol.Signaling;

/// <summary>Checks of base64url text that came from a peer.</summary>
internal static class Base64UrlText
{
    /// <summary>Whether the text is canonical, unpadded base64url of this many bytes.</summary>
    public static bool IsBytes(string? text, int minBytes, int maxBytes)
    {
        if (text is null || text.Length == 0 || text.Length > (maxBytes * 4 + 2) / 3)
        {
            return false;
        }
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
            {
                return false;
            }
        }
        return Base64Url.IsValid(text, out var bytes) && bytes >= minBytes && bytes <= maxBytes;
    }
}
