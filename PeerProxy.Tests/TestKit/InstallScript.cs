using System.Diagnostics;

namespace PeerProxy.Tests.TestKit;

/// <summary>Programs that nobody here wrote and the tests need: a script beside the test kit installs them into a folder, once.</summary>
internal static class InstallScript
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    /// <summary>The user's cache folder (XDG Base Directory), so that runs and clones share what is installed; <paramref name="fallback"/> for a user without a home.</summary>
    public static string CacheFolder(string fallback) =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Environment.GetEnvironmentVariable("HOME") is { Length: > 1 } home ? Path.Combine(home, ".cache")
        : fallback;

    /// <summary>Runs <paramref name="script"/> with the folder as its argument; it returns at once when all is there.</summary>
    /// <param name="what">Subject of the problem, in the plural: <c>The applications</c>.</param>
    /// <returns>Why it did not work, or null.</returns>
    public static async Task<string?> RunAsync(string script, string folder, string what)
    {
        if (!OperatingSystem.IsLinux())
        {
            return $"{what} are installed on Debian and Ubuntu only.";
        }

        using var process = Process.Start(new ProcessStartInfo("bash")
        {
            ArgumentList = { script, folder },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(_limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            return $"{what} were not installed within {_limit.TotalMinutes} minutes: {await output}{await error}";
        }

        return process.ExitCode == 0 ? null : $"{what} cannot be installed: {await output}{await error}";
    }
}
