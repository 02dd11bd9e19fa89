using System.Globalization;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Memory of a browser with all its processes, by the kernel's own account. Linux only.</summary>
internal static class BrowserMemory
{
    /// <summary>Proportional set size in bytes: pages that processes share count once.</summary>
    /// <param name="rootProcessId">See <see cref="IBrowser.RootProcessIdAsync"/>.</param>
    public static long Measure(int rootProcessId)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .ToDictionary(id => id, ParentOf);
        return parents.Keys
            .Where(id => IsInTree(id, rootProcessId, parents))
            .Sum(ProportionalBytesOf);
    }

    private static bool IsInTree(int id, int root, Dictionary<int, int> parents)
    {
        while (id != root && parents.TryGetValue(id, out var parent))
        {
            id = parent;
        }

        return id == root;
    }

    private static int ParentOf(int id)
    {
        // The name, in brackets, may hold spaces; the state and the parent follow it.
        var stat = ReadOrEmpty($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;
    }

    private static long ProportionalBytesOf(int id)
    {
        const string Name = "Pss:";
        var line = ReadOrEmpty($"/proc/{id}/smaps_rollup").Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line[Name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    /// <summary>A process may end while it is looked at.</summary>
    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
