using System.Runtime.CompilerServices;

namespace PeerProxy.Tests.TestKit.Peers;

/// <summary>Where the other WebRTC stacks are installed; installs them at first use.</summary>
public static class PeerFolder
{
    /// <summary>Folder of the npm packages.</summary>
    public static string Packages { get; } =
        Path.Combine(InstallScript.CacheFolder(Path.GetFullPath(Path.Combine(SourceFolder(), "../../../artifacts"))), "peerproxy-tests", "peers");

    private static readonly Lazy<Task<string?>> _problem = new(() => InstallScript.RunAsync(Script("install.sh"), Packages, "The other WebRTC stacks"));

    /// <summary>A file of this folder.</summary>
    public static string Script(string name) => Path.Combine(SourceFolder(), name);

    /// <summary>Installs what is missing, or skips the test with the reason.</summary>
    public static async Task InstalledOrSkipAsync()
    {
        var problem = await _problem.Value;
        Assert.SkipUnless(problem is null, problem ?? "");
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
