using System.Security.Cryptography;

namespace PeerProxy.WebRtc.Dtls;

/// <summary>A certificate fingerprint as in SDP (RFC 8122 5): hash function and hash of the certificate's DER.</summary>
public sealed class DtlsFingerprint
{
    private readonly byte[] _hash;

    private DtlsFingerprint(string algorithm, byte[] hash) => (Algorithm, _hash) = (algorithm, hash);

    /// <summary>Lower-case name: sha-256, sha-384 or sha-512.</summary>
    public string Algorithm { get; }

    public ReadOnlySpan<byte> Hash => _hash;

    public static DtlsFingerprint Sha256Of(ReadOnlySpan<byte> certificateDer) => new("sha-256", SHA256.HashData(certificateDer));

    /// <summary>Reads "sha-256 AB:CD:..." in any letter case. Weaker functions than SHA-256 are not accepted.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DtlsFingerprint? fingerprint)
    {
        fingerprint = null;
        text = text.Trim();
        var space = text.IndexOf(' ');
        if (space <= 0)
        {
            return false;
        }

        return TryParse(text[..space], text[(space + 1)..].Trim(), out fingerprint);
    }

    /// <summary>Reads the two halves of an <c>a=fingerprint</c> value.</summary>
    public static bool TryParse(ReadOnlySpan<char> algorithm, ReadOnlySpan<char> hexPairs, out DtlsFingerprint? fingerprint)
    {
        fingerprint = null;
        var name = algorithm.ToString().ToLowerInvariant();
        var length = name switch
        {
            "sha-256" => 32,
            "sha-384" => 48,
            "sha-512" => 64,
            _ => 0,
        };
        if (length == 0 || hexPairs.Length != (length * 3) - 1)
        {
            return false;
        }

        var hash = new byte[length];
        for (var i = 0; i < length; i++)
        {
            var pair = hexPairs.Slice(i * 3, 2);
            if (!char.IsAsciiHexDigit(pair[0]) || !char.IsAsciiHexDigit(pair[1]) || (i > 0 && hexPairs[(i * 3) - 1] != ':'))
            {
                return false;
            }

            hash[i] = byte.Parse(pair, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
        }

        fingerprint = new DtlsFingerprint(name, hash);
        return true;
    }

    /// <summary>Compares in constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> certificateDer)
    {
        Span<byte> actual = stackalloc byte[64];
        var length = Algorithm switch
        {
            "sha-256" => SHA256.HashData(certificateDer, actual),
            "sha-384" => SHA384.HashData(certificateDer, actual),
            _ => SHA512.HashData(certificateDer, actual),
        };
        return CryptographicOperations.FixedTimeEquals(actual[..length], _hash);
    }

    /// <summary>Upper-case hex pairs joined by colons, without the algorithm.</summary>
    public string ToHexPairs() => string.Join(':', _hash.Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));

    public override string ToString() => $"{Algorithm} {ToHexPairs()}";
}
