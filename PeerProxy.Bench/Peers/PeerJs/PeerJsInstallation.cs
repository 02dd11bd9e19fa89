using System.Diagnostics;
using PeerProxy.Bench.Framework;
using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Bench.Peers.PeerJs;

/// <summary>PeerJS server, the signaling server that most browser-to-browser projects use, installed into the artifacts folder at first use.</summary>
internal static class PeerJsInstallation
{
    private const string Package = "peer@1.0.2";

    /// <returns>The server's script.</returns>
    /// <exception cref="ScenarioUnavailableException">Node is missing, or the package cannot be had.</exception>
    public static async Task<string> EnsureAsync(string artifactsFolder, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(artifactsFolder, "peers", "peerjs");
        var script = Path.Combine(folder, "node_modules", ".bin", "peerjs");
        if (File.Exists(script))
        {
            return script;
        }

        var npm = NetworkLab.FindTool("npm") ?? throw new ScenarioUnavailableException("The PeerJS server needs Node and npm.");
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
        return install.ExitCode == 0 ? script : throw new ScenarioUnavailableException($"npm could not install {Package}: {await output}{error}");
    }
}
