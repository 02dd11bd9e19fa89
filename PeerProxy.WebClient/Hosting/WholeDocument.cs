using System.Text;
using System.Text.RegularExpressions;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// A document with its stylesheets and module scripts in it: a visit waits for one file instead of several that come after it, and a browser runs no module before
/// the stylesheets of its document are there.
/// </summary>
/// <remarks>What cannot stand in a document, or means something else there (a script that still imports by relative paths), stays a file of its own.</remarks>
internal static partial class WholeDocument
{
    /// <param name="find">Files by their paths below <c>/.peerproxy/</c>; scripts as bundles.</param>
    /// <param name="parts">Gets the scripts that went in: nobody asks for them any more.</param>
    internal static ClientFile Of(ClientFile document, Func<string, ClientFile?> find, ICollection<string> parts)
    {
        var text = StyleSheet().Replace(TextOf(document), tag =>
            Read(tag, document, find) is { } style && !style.Text.Contains("</style", StringComparison.OrdinalIgnoreCase) && !style.Text.Contains("url(", StringComparison.OrdinalIgnoreCase)
                ? $"<style>{style.Text}</style>"
                : tag.Value);
        text = ModuleScript().Replace(text, tag =>
        {
            if (Read(tag, document, find) is not { } script || EndsScript().IsMatch(script.Text) || Imports().IsMatch(script.Text))
            {
                return tag.Value;
            }

            parts.Add(script.Path);
            return $"<script type=\"module\">\n{script.Text}</script>";
        });
        return new ClientFile(document.Path, Encoding.UTF8.GetBytes(text));
    }

    private static (string Path, string Text)? Read(Match tag, ClientFile document, Func<string, ClientFile?> find) =>
        ModulePreload.Resolve(document.Path, tag.Groups["path"].Value) is { } path && find(path) is { } file ? (path, TextOf(file)) : null;

    // A policy's hash is of the text as the parser has it, and a parser makes every line end an LF.
    private static string TextOf(ClientFile file) => Encoding.UTF8.GetString(file.Content).ReplaceLineEndings("\n");

    [GeneratedRegex("""<link rel="stylesheet" href="(?<path>[^"]+)">""")]
    private static partial Regex StyleSheet();

    [GeneratedRegex("""<script type="module" src="(?<path>[^"]+)"></script>""")]
    private static partial Regex ModuleScript();

    /// <summary>What a parser takes for the end of a script, or for the beginning of text in which it does not see the end (HTML section 13.2.5.15 on).</summary>
    [GeneratedRegex("</script|<!--", RegexOptions.IgnoreCase)]
    private static partial Regex EndsScript();

    /// <summary>Imports of a path that is relative to the script's own.</summary>
    [GeneratedRegex("""^(?:import|export)\b[^;"']*["']\.{1,2}/|(?<![#.\w$])import\(\s*["']\.{1,2}/|import\.meta""", RegexOptions.Multiline)]
    private static partial Regex Imports();
}
