using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PeerProxy.WebClient.Hosting;

/// <summary>Scripts that stand in a document itself: a policy admits each by the hash of its text (CSP 3 section 2.3.1), and nothing else inline.</summary>
public static partial class InlineScripts
{
    /// <summary>One <c>'sha256-…'</c> for each script without <c>src</c>, each with a space in front.</summary>
    public static string SourcesOf(ClientFile document) =>
        string.Concat(Scripts().Matches(Encoding.UTF8.GetString(document.Content)).Select(script => $" 'sha256-{HashOf(script.Groups["text"].Value)}'"));

    // Browsers hash what their parser has made of the text: its line ends are LF.
    private static string HashOf(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));

    [GeneratedRegex("""<script>(?<text>.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex Scripts();
}
