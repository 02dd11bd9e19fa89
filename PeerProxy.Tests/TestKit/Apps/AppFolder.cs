using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>Where the foreign web applications are installed; installs them at first use.</summary>
public static class AppFolder
{
    /// <summary>Folder of the npm packages and the Blazor app; one per state of the lock file.</summary>
    public static string Path { get; } = System.IO.Path.Combine(
        InstallScript.CacheFolder(System.IO.Path.GetFullPath(System.IO.Path.Combine(SourceFolder(), "../../../artifacts"))), "peerproxy-test-apps", LockHash());

    private static readonly Lazy<Task<string?>> _problem =
        new(() => InstallScript.RunAsync(System.IO.Path.Combine(SourceFolder(), "install.sh"), Path, "The foreign applications"));

    /// <summary>The start script of an npm package's command.</summary>
    public static string Command(string name) => System.IO.Path.Combine(Path, "node_modules", ".bin", name);

    /// <summary>Installs what is missing, or skips the test with the reason.</summary>
    public static async Task InstalledOrSkipAsync()
    {
        var problem = await _problem.Value;
        Assert.SkipUnless(problem is null, problem ?? "");
    }

    private static string LockHash() =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(System.IO.Path.Combine(SourceFolder(), "package-lock.json"))))[..12];

    private static string SourceFolder([CallerFilePath] string file = "") => System.IO.Path.GetDirectoryName(file)!;
}
