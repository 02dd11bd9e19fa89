using System.Runtime.InteropServices;

namespace PeerProxy.Bench.Framework;

/// <summary>What the numbers were taken on.</summary>
public sealed record Machine(string Cpu, int Cores, string System, string Runtime)
{
    public static Machine Current { get; } = new(ReadCpu(), Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    private static string ReadCpu()
    {
        const string Info = "/proc/cpuinfo";
        var line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
