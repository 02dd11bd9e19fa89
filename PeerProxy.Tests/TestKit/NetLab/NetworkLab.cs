using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PeerProxy.Tests.TestKit.NetLab;

/// <summary>One emulated internet with hosts <c>agent</c>, <c>browser</c> and <c>server</c>; disposing ends every program in it and removes it.</summary>
public sealed class NetworkLab : IAsyncDisposable
{
    /// <summary>The command builds its link emulator when first used, and a busy machine is slow at it.</summary>
    private static readonly TimeSpan _commandLimit = TimeSpan.FromSeconds(120);

    private static readonly string _command = Path.Combine(AppContext.BaseDirectory, "TestKit", "NetLab", "netlab");

    private readonly string _name;

    private NetworkLab(string name) => _name = name;

    /// <summary>Why no lab can be built here; null when one can.</summary>
    public static string? MissingReason()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "Emulated networks need Linux.";
        }

        if (geteuid() != 0)
        {
            return "Emulated networks need root.";
        }

        var missing = new[] { "bash", "gcc", "ip", "nft", "python3", "turnserver" }.Where(tool => FindTool(tool) is null).ToList();
        return missing.Count == 0 ? null : $"Emulated networks need {string.Join(", ", missing)}.";
    }

    /// <summary>Full path of a program; null when it is not installed.</summary>
    public static string? FindTool(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Builds a lab; <paramref name="statements"/> are those of <c>netlab up</c>, such as <c>--nat agent symmetric</c>.</summary>
    public static async Task<NetworkLab> StartAsync(string statements)
    {
        var lab = new NetworkLab("pp" + Guid.NewGuid().ToString("N")[..8]);
        try
        {
            await lab.RunAsync($"up {statements}");
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Namespace of a host.</summary>
    public string NamespaceOf(string host) => $"nl-{_name}-{host}";

    /// <summary>Changes the type of a host's NAT; its mappings are lost.</summary>
    public Task SetNatAsync(string host, string type) => RunAsync($"nat {host} {type}");

    /// <summary>Bytes that have left a link so far, both directions together.</summary>
    public async Task<long> BytesAsync(string link)
    {
        var total = 0L;
        foreach (var word in (await RunAsync($"stats {link}")).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.StartsWith("tx_bytes=", StringComparison.Ordinal))
            {
                total += long.Parse(word["tx_bytes=".Length..], CultureInfo.InvariantCulture);
            }
        }

        return total;
    }

    /// <summary>Runs a <c>netlab</c> command on this lab and gives its output.</summary>
    /// <param name="words">The command and its words, separated by spaces.</param>
    public Task<string> RunAsync(string words) => RunToEndAsync("bash", [_command, "--lab", _name, .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    /// <summary>Runs a short program on a host and gives its output.</summary>
    public Task<string> RunOnAsync(string host, string words) =>
        RunToEndAsync("ip", ["netns", "exec", NamespaceOf(host), .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    /// <summary>Starts a program on a host.</summary>
    public LabProcess Start(string host, string name, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null) =>
        LabProcess.Start(name, ["ip", "netns", "exec", NamespaceOf(host), .. command], environment);

    public async ValueTask DisposeAsync() => await RunAsync("down");

    private static async Task<string> RunToEndAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(FindTool(program) ?? program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(_commandLimit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{await output}{await error}");
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();
}
