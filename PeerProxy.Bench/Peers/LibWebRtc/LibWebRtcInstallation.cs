using System.Diagnostics;
using PeerProxy.Bench.Framework;
using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Bench.Peers.LibWebRtc;

/// <summary>Google's own WebRTC stack as a Node module, installed into the artifacts folder at first use.</summary>
internal static class LibWebRtcInstallation
{
    private const string Package = "@roamhq/wrtc@0.10.0";

    /// <returns>The folder that holds <c>node_modules</c>.</returns>
    /// <exception cref="ScenarioUnavailableException">Node is missing, or the package cannot be had.</exception>
    public static async Task<string> EnsureAsync(string artifactsFolder, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(artifactsFolder, "peers", "libwebrtc");
        if (Directory.Exists(Path.Combine(folder, "node_modules", "@roamhq", "wrtc")))
        {
            return folder;
        }

        var npm = NetworkLab.FindTool("npm") ?? throw new ScenarioUnavailableException("The libwebrtc peer needs Node and npm.");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), "{ \"private\": true }\n", cancellationToken);
        using var install = Process.Start(new ProcessStartInfo(npm, ["install", "--no-audit", "--no-fund", "--loglevel=error", Package])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = install.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await install.StandardError.ReadToEndAsync(cancellationToken);
        await install.WaitForExitAsync(cancellationToken);
        return install.ExitCode == 0 ? folder : throw new ScenarioUnavailableException($"npm could not install {Package}: {await output}{error}");
    }
}
