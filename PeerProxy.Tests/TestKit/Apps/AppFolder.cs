using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>Where the foreign web applications are installed; installs them at first use.</summary>
public static class AppFolder
{
    private static readonly TimeSpan _installLimit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<Task<string?>> _problem = new(InstallAsync);

    /// <summary>Folder of the npm packages, below the repository's <c>artifacts</c>.</summary>
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(SourceFolder(), "../../../artifacts/apps"));

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
        await process.WaitForExitAsync().WaitAsync(_installLimit);
        return process.ExitCode == 0 ? null : $"The applications cannot be installed: {await output}{await error}";
    }

    private static string SourceFolder([CallerFilePath] string file = "") => System.IO.Path.GetDirectoryName(file)!;
}
