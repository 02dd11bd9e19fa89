using System.Globalization;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>How many files and sockets this process may have open.</summary>
internal static class OpenFiles
{
    /// <summary>What is never given to clients: a process without any cannot start a thread, reach the registry or open a file, and may die of it.</summary>
    private const int Spare = 64;

    private const string Limits = "/proc/self/limits";

    /// <summary>The first descriptor that is not for clients; new ones have the lowest free number. The largest number where the system does not tell.</summary>
    public static long FirstSpare() => File.Exists(Limits) && Read(File.ReadAllText(Limits)) is { } limit ? Math.Max(limit - Spare, Spare) : long.MaxValue;

    /// <summary>The limit that holds; null when there is none.</summary>
    /// <param name="limits">The system's table: a name, the limit that holds, the limit of that, and a unit in each line.</param>
    internal static long? Read(string limits)
    {
        const string Name = "Max open files";
        foreach (var line in limits.Split('\n'))
        {
            if (line.StartsWith(Name, StringComparison.Ordinal)
                && long.TryParse(line[Name.Length..].TrimStart().Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
            {
                return limit;
            }
        }
        return null;
    }
}
