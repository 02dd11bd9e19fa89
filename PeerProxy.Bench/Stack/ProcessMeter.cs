using System.Globalization;

namespace PeerProxy.Bench.Stack;

/// <summary>Processor time and memory of a process, or of it with all its descendants, from <c>/proc</c>.</summary>
public sealed class ProcessMeter(int processId)
{
    /// <summary>USER_HZ, which Linux fixes for everything in <c>/proc</c>.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>User and system time so far, in seconds; resolution 10 ms.</summary>
    public double CpuSeconds => ReadCpu(processId);

    /// <summary>As <see cref="CpuSeconds"/>, with all descendants that live now.</summary>
    public double TreeCpuSeconds => Tree().Sum(ReadCpu);

    /// <summary>Resident sets of the process and all descendants that live now, in megabytes; what they share counts for each.</summary>
    public double TreeMegabytes => Tree().Sum(id => new ProcessMeter(id).Megabytes);

    /// <summary>Largest resident set so far, in megabytes.</summary>
    public double PeakMegabytes => ReadStatus("VmHWM:");

    /// <summary>Resident set now, in megabytes.</summary>
    public double Megabytes => ReadStatus("VmRSS:");

    private double ReadStatus(string field)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1000;
    }

    private IEnumerable<int> Tree()
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && ReadFields(id) is { } fields)
            {
                parents[id] = int.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        return parents.Keys.Where(id => IsWithin(id, parents)).ToList();
    }

    private bool IsWithin(int id, Dictionary<int, int> parents)
    {
        while (id != processId)
        {
            if (!parents.TryGetValue(id, out id))
            {
                return false;
            }
        }

        return true;
    }

    private static double ReadCpu(int id) =>
        ReadFields(id) is { } fields ? (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond : 0;

    /// <summary>The fields of <c>stat</c> after the program's name, which may hold spaces; null when the process is gone.</summary>
    private static string[]? ReadFields(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
