using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PeerProxy.WebClient.Hosting;

/// <summary>Scripts and styles that stand in a document itself: a policy admits each by the hash of its text (CSP 3 section 2.3.1), and nothing else inline.</summary>
public static partial class InlineParts
{
    /// <summary>One <c>'sha256-…'</c> for each script without <c>src</c>, each with a space in front.</summary>
    public static string ScriptsOf(ClientFile document) => SourcesOf(Scripts(), document);

    /// <summary>The same for each style.</summary>
    public static string StylesOf(ClientFile document) => SourcesOf(Styles(), document);

    private static string SourcesOf(Regex parts, ClientFile document) =>
        string.Concat(parts.Matches(Encoding.UTF8.GetString(document.Content)).Select(part => $" 'sha256-{HashOf(part.Groups["text"].Value)}'"));

    // Browsers hash what their parser has made of the text: its line ends are LF.
    private static string HashOf(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));

    [GeneratedRegex("""<script(?: type="module")?>(?<text>.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex Scripts();

    [GeneratedRegex("""<style>(?<text>.*?)</style>""", RegexOptions.Singleline)]
    private static partial Regex Styles();
}
