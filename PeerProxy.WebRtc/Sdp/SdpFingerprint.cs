namespace PeerProxy.WebRtc.Sdp;

/// <summary>a=fingerprint (RFC 8122): hash of the DTLS certificate.</summary>
/// <param name="Algorithm">Lower case, e.g. "sha-256".</param>
/// <param name="Value">Upper-case hex pairs joined by colons.</param>
public sealed record SdpFingerprint(string Algorithm, string Value)
{
    public const string Sha256 = "sha-256";

    private const int Sha256TextLength = (32 * 3) - 1;

    /// <summary>Reads "sha-256 AA:BB:..."; false when the shape is wrong or a SHA-256 value has not 32 bytes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SdpFingerprint? fingerprint)
    {
        fingerprint = null;
        int space = text.IndexOf(' ');
        if (space <= 0)
        {
            return false;
        }

        string algorithm = text[..space].ToString().ToLowerInvariant();
        ReadOnlySpan<char> value = text[(space + 1)..].Trim(' ');
        if (value.IsEmpty || value.Length % 3 != 2 || (algorithm == Sha256 && value.Length != Sha256TextLength))
        {
            return false;
        }

        for (int i = 0; i < value.Length; i++)
        {
            if (i % 3 == 2 ? value[i] != ':' : !char.IsAsciiHexDigit(value[i]))
            {
                return false;
            }
        }

        fingerprint = new SdpFingerprint(algorithm, value.ToString().ToUpperInvariant());
        return true;
    }

    public override string ToString() => $"{Algorithm} {Value}";
}
