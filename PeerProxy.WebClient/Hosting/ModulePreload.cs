using System.Text;
using System.Text.RegularExpressions;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// The <c>Link: rel=modulepreload</c> header of a document: every module its scripts import, transitively; where they are bundled, the scripts alone. The
/// browser asks for all of them as soon as the document's headers arrive.
/// </summary>
public static partial class ModulePreload
{
    /// <summary>Modules in one header; a graph beyond this would not fit into usual header limits.</summary>
    private const int MaxModules = 64;

    private const string Root = "http://edge/.peerproxy/";

    /// <summary>The header's value, or null if the document has no module scripts of ours.</summary>
    public static string? HeaderFor(ClientFile document, Func<string, ClientFile?> find)
    {
        var found = new List<string>();
        var pending = new Queue<string>(
            Tags().Matches(Text(document))
                .Where(tag => tag.Value.Contains("type=\"module\"", StringComparison.Ordinal))
                .Select(tag => Resolve(document.Path, tag.Groups["src"].Value))
                .OfType<string>());
        while (pending.TryDequeue(out var path) && found.Count < MaxModules)
        {
            if (found.Contains(path) || find(path) is not { } module)
            {
                continue;
            }

            found.Add(path);
            foreach (Match import in Imports().Matches(Text(module)))
            {
                if (Resolve(path, import.Groups["from"].Value) is { } next)
                {
                    pending.Enqueue(next);
                }
            }
        }

        return found.Count == 0 ? null : string.Join(", ", found.Select(path => $"</.peerproxy/{path}>; rel=modulepreload"));
    }

    private static string Text(ClientFile file) => Encoding.UTF8.GetString(file.Content);

    /// <summary>The path below <c>/.peerproxy/</c> that a reference in the file at another one means; null outside of it.</summary>
    internal static string? Resolve(string from, string reference) =>
        Uri.TryCreate(new Uri(Root + from), reference, out var uri) && uri.AbsoluteUri.StartsWith(Root, StringComparison.Ordinal)
            ? uri.AbsoluteUri[Root.Length..]
            : null;

    [GeneratedRegex("""<script\b[^>]*\bsrc="(?<src>[^"]+)"[^>]*>""")]
    private static partial Regex Tags();

    // Static imports as the compiler writes them: one per statement, at the start of a line. Dynamic imports are asked for when needed.
    [GeneratedRegex("""^(?:import|export)\b[^;"']*["'](?<from>\.{1,2}/[^"']+)["']""", RegexOptions.Multiline)]
    private static partial Regex Imports();
}
