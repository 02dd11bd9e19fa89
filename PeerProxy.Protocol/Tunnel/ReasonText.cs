using System.Text;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>The UTF-8 reason at the end of RESET, GOAWAY and WS_CLOSE.</summary>
internal static class ReasonText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    /// <summary>Writes as many whole characters as fit.</summary>
    public static int Write(string reason, Span<byte> destination)
    {
        Strict.GetEncoder().Convert(reason, destination, flush: true, out _, out var written, out _);
        return written;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out string reason)
    {
        var valid = System.Text.Unicode.Utf8.IsValid(bytes);
        reason = valid ? Strict.GetString(bytes) : "";
        return valid;
    }
}
