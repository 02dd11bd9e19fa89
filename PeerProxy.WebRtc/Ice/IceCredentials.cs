namespace PeerProxy.WebRtc.Ice;

/// <summary>ice-ufrag (4..256 ice-chars) and ice-pwd (22..256 ice-chars) of one side, RFC 8839 section 5.4.</summary>
public sealed record IceCredentials(string UsernameFragment, string Password)
{
    public const int MinUsernameFragmentLength = 4;
    public const int MinPasswordLength = 22;
    public const int MaxLength = 256;

    /// <summary>24 characters of 6 random bits: 144 bits, above the 128 that RFC 8445 section 5.3 demands.</summary>
    private const int PasswordLength = 24;

    private const string IceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// <summary>A random password for a fragment the caller chose, usually one that tells it which session a check belongs to.</summary>
    public static IceCredentials Create(string usernameFragment, IRandomSource random) =>
        new(usernameFragment, CreateText(PasswordLength, random));

    /// <summary>Random text of the characters that may stand in a fragment or password.</summary>
    public static string CreateText(int length, IRandomSource random)
    {
        var bytes = new byte[length];
        random.Fill(bytes);
        return string.Create(length, bytes, static (text, source) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = IceChars[source[i] & 63];
            }
        });
    }

    /// <summary>True when both parts have legal lengths and characters.</summary>
    public bool IsValid() =>
        IsValid(UsernameFragment, MinUsernameFragmentLength) && IsValid(Password, MinPasswordLength);

    /// <summary>The password stays out of logs.</summary>
    public override string ToString() => $"ufrag {UsernameFragment}";

    private static bool IsValid(string text, int minLength)
    {
        if (text.Length < minLength || text.Length > MaxLength)
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '/'))
            {
                return false;
            }
        }

        return true;
    }
}
