using System.Diagnostics;
using PeerProxy.Bench.Framework;
using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Bench.Peers;

/// <summary>A peer that comes from npm, in a fixed version, installed into the artifacts folder at first use.</summary>
/// <param name="Folder">Name of its folder below <c>peers</c>.</param>
/// <param name="Package">Name and version, as npm writes them: <c>peer@1.0.2</c>.</param>
/// <param name="Proof">Path below <c>node_modules</c> that is there once it is installed.</param>
internal sealed record NpmPackage(string Folder, string Package, string Proof)
{
    /// <summary>PeerJS server, the signaling server that most browser-to-browser projects use.</summary>
    public static NpmPackage PeerJs { get; } = new("peerjs", "peer@1.0.2", Path.Combine(".bin", "peerjs"));

    /// <summary>Google's own WebRTC stack as a Node module.</summary>
    public static NpmPackage LibWebRtc { get; } = new("libwebrtc", "@roamhq/wrtc@0.10.0", Path.Combine("@roamhq", "wrtc"));

    /// <returns>The folder that holds <c>node_modules</c>.</returns>
    /// <exception cref="ScenarioUnavailableException">Node is missing, or the package cannot be had.</exception>
    public async Task<string> EnsureAsync(string artifactsFolder, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(artifactsFolder, "peers", Folder);
        if (Path.Exists(PathOfProof(folder)))
        {
            return folder;
        }

        var npm = NetworkLab.FindTool("npm") ?? throw new ScenarioUnavailableException($"{Package} needs Node and npm.");
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

    /// <summary>What <see cref="Proof"/> names, in an installation.</summary>
    public string PathOfProof(string folder) => Path.Combine(folder, "node_modules", Proof);
}
