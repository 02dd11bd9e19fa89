using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>Where the foreign web applications are installed; installs them at first use.</summary>
public static class AppFolder
{
    private static readonly TimeSpan _installLimit = TimeSpan.FromMinutes(10);
    private static readonly Lazy<Task<string?>> _problem = new(InstallAsync);

    /// <summary>Folder of the npm packages and the Blazor app: in the user's cache, so that runs and clones share it; one per state of the lock file.</summary>
    public static string Path { get; } = System.IO.Path.Combine(CacheFolder(), "peerproxy-test-apps", LockHash());

    /// <summary>The start script of an npm package's command.</summary>
    public static string Command(string name) => System.IO.Path.Combine(Path, "node_modules", ".bin", name);

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
            return "The foreign applications are installed on Debian and Ubuntu only.";
        }

        using var process = Process.Start(new ProcessStartInfo("bash")
        {
            ArgumentList = { System.IO.Path.Combine(SourceFolder(), "install.sh"), Path },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(_installLimit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            return $"The applications were not installed within {_installLimit.TotalMinutes} minutes: {await output}{await error}";
        }

        return process.ExitCode == 0 ? null : $"The applications cannot be installed: {await output}{await error}";
    }

    /// <summary>The user's cache folder (XDG Base Directory); below the repository's <c>artifacts</c> for a user without a home.</summary>
    private static string CacheFolder() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Environment.GetEnvironmentVariable("HOME") is { Length: > 1 } home ? System.IO.Path.Combine(home, ".cache")
        : System.IO.Path.GetFullPath(System.IO.Path.Combine(SourceFolder(), "../../../artifacts"));

    private static string LockHash() =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(System.IO.Path.Combine(SourceFolder(), "package-lock.json"))))[..12];

    private static string SourceFolder([CallerFilePath] string file = "") => System.IO.Path.GetDirectoryName(file)!;
}
