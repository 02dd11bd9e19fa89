using System.Text;
using System.Text.RegularExpressions;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// A module script and all it imports as one file: without it a browser asks for some twenty files, and a worker for one level of imports after the other.
/// Each module becomes a function of its own, in the order of their imports, so no name of one meets a name of another.
/// </summary>
/// <remarks>
/// It knows what our compiler writes of our sources and no more: named imports of relative paths, one to a line, and exported declarations. Anything else, a cycle
/// too, gives no bundle; the modules then stay apart, and work as well but slower.
/// </remarks>
public static partial class ModuleBundle
{
    /// <summary>What the compiler writes where a module has neither imports nor exports left.</summary>
    private const string Nothing = "export {};";

    /// <summary>Bundles the module at a path below <c>/.peerproxy/</c>.</summary>
    /// <param name="entry">Path of the module that runs.</param>
    /// <param name="find">The modules as they were compiled.</param>
    /// <param name="parts">Gets the paths of the modules that went in, the entry last.</param>
    /// <returns>The script, or null where there is none.</returns>
    public static ClientFile? Of(string entry, Func<string, ClientFile?> find, ICollection<string> parts)
    {
        var order = new List<string>();
        var modules = new Dictionary<string, Module>(StringComparer.Ordinal);
        if (!TryAdd(entry, entry, find, [], order, modules))
        {
            return null;
        }

        var script = new StringBuilder();
        foreach (var path in order)
        {
            script.Append(modules[path].Script);
            parts.Add(path);
        }

        return new ClientFile(entry, Encoding.UTF8.GetBytes(script.ToString()));
    }

    private static bool TryAdd(
        string path, string entry, Func<string, ClientFile?> find, HashSet<string> open, List<string> order, Dictionary<string, Module> modules)
    {
        if (modules.ContainsKey(path))
        {
            return true;
        }

        // A module that is still open imports itself, over whatever way.
        if (find(path) is not { } file || !open.Add(path))
        {
            return false;
        }

        var imports = new StringBuilder();
        var exports = new List<string>();
        var body = new StringBuilder();
        foreach (var line in Encoding.UTF8.GetString(file.Content).Split('\n'))
        {
            if (IsTiedToItsFile(line, path, entry))
            {
                return false;
            }

            if (Import().Match(line) is { Success: true } import)
            {
                var names = import.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries);
                if (ModulePreload.Resolve(path, import.Groups["from"].Value) is not { } from || !TryAdd(from, entry, find, open, order, modules)
                    || !names.All(name => modules[from].Exports.Contains(name.Split(' ')[0])))
                {
                    return false;
                }

                imports.Append($"const {{ {string.Join(", ", names).Replace(" as ", ": ", StringComparison.Ordinal)} }} = {NameOf(from, order)};\n");
            }
            else if (Export().Match(line) is { Success: true } export)
            {
                exports.Add(export.Groups["name"].Value);
                body.Append(line.AsSpan("export ".Length)).Append('\n');
            }
            else if (line.StartsWith("import ", StringComparison.Ordinal) || (line.StartsWith("export ", StringComparison.Ordinal) && line != Nothing))
            {
                return false;
            }
            else if (line != Nothing && !line.StartsWith("//# sourceMappingURL=", StringComparison.Ordinal))
            {
                body.Append(line).Append('\n');
            }
        }

        open.Remove(path);
        order.Add(path);
        modules.Add(path, new Module($"// {path}\nconst {NameOf(path, order)} = (() => {{\n{imports}{body}return {{ {string.Join(", ", exports)} }};\n}})();\n", exports));
        return true;
    }

    private static string NameOf(string path, List<string> order) => $"$module{order.IndexOf(path)}";

    private static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];

    /// <summary>Whether the line would mean something else in the file of the entry.</summary>
    private static bool IsTiedToItsFile(string line, string path, string entry) =>
        line.Contains("import.meta", StringComparison.Ordinal) || (DynamicImport().IsMatch(line) && FolderOf(path) != FolderOf(entry));

    private sealed record Module(string Script, IReadOnlyCollection<string> Exports);

    [GeneratedRegex("""^import \{ (?<names>[^{}]+) \} from "(?<from>\.{1,2}/[^"]+)";$""")]
    private static partial Regex Import();

    // What follows a name shows that it is the only one of its declaration.
    [GeneratedRegex("""^export (?:async )?(?:(?:function\*?|class) (?<name>[\w$]+)\b|const (?<name>[\w$]+) =)""")]
    private static partial Regex Export();

    // Its path is relative to the file it stands in.
    [GeneratedRegex("""(?<![#.\w$])import\(""")]
    private static partial Regex DynamicImport();
}
