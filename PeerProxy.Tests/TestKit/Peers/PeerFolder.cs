using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PeerProxy.Tests.TestKit.Peers;

/// <summary>Where the other WebRTC stacks are installed; installs them at first use.</summary>
public static class PeerFolder
{
    private static readonly TimeSpan _installLimit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<Task<string?>> _problem = new(InstallAsync);

    /// <summary>Folder of the npm packages, in the user's cache: they outlive a clean of the working tree.</summary>
    public static string Packages { get; } = Path.Combine(CacheFolder(), "peerproxy-tests", "peers");

    /// <summary>A file of this folder.</summary>
    public static string Script(string name) => Path.Combine(SourceFolder(), name);

    /// <summary>Installs what is missing, or skips the test with the reason.</summary>
    public static async Task InstalledOrSkipAsync()
    {
        var problem = await _problem.Value;
        Assert.SkipUnless(problem is null, problem ?? "");
    }

    private static async Task<string?> InstallAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "The other WebRTC stacks are installed on Linux only.";
        }

        using var process = Process.Start(new ProcessStartInfo("bash")
        {
            ArgumentList = { Script("install.sh"), Packages },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(_installLimit);
        return process.ExitCode == 0 ? null : $"The other WebRTC stacks cannot be installed: {await output}{await error}";
    }

    private static string CacheFolder() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
