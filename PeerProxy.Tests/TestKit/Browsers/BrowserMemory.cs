using System.Globalization;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Memory of the browsers that this test run started, by the kernel's own account. Linux only.</summary>
internal static class BrowserMemory
{
    /// <summary>Proportional set size, in bytes, of all processes of a browser below this one: shared pages count once.</summary>
    /// <param name="browser">A name of <see cref="BrowserInstallation"/>.</param>
    public static long Measure(string browser)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .ToDictionary(id => id, ParentOf);
        return parents.Keys
            .Where(id => DescendsFromUs(id, parents) && CommandOf(id).Contains(browser, StringComparison.OrdinalIgnoreCase))
            .Sum(ProportionalBytesOf);
    }

    private static bool DescendsFromUs(int id, Dictionary<int, int> parents)
    {
        for (var depth = 0; depth < 32 && parents.TryGetValue(id, out var parent); depth++)
        {
            if (parent == Environment.ProcessId)
            {
                return true;
            }

            id = parent;
        }

        return false;
    }

    private static int ParentOf(int id)
    {
        // The name, in brackets, may hold spaces; the state and the parent follow it.
        var stat = ReadOrEmpty($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;
    }

    private static string CommandOf(int id) => ReadOrEmpty($"/proc/{id}/cmdline");

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
