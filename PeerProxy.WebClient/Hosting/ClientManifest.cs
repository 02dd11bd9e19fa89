using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// The list of what a visitor's browser keeps of the client for later visits: <c>{ "version": HASH, "files": [PATH] }</c>. The service worker asks for it at each
/// visit; another version means another release, which it fetches as a whole.
/// </summary>
internal static class ClientManifest
{
    /// <summary>Path below <c>/.peerproxy/</c>.</summary>
    internal const string Path = "manifest.json";

    /// <summary>The folders a visitor's windows and workers load from. The service worker's own script is the browser's to keep, and the runtime is kept in one piece.</summary>
    private static readonly string[] _folders = ["shell/", "protocol/", "worker/"];

    internal static ClientFile Of(IEnumerable<ClientFile> files)
    {
        var kept = files
            .Where(file => _folders.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal)) && !file.Path.EndsWith(".map", StringComparison.Ordinal))
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .ToArray();
        var versions = string.Join('\n', kept.Select(file => $"{file.Path} {file.Version}"));
        var version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(versions)))[..16];
        return new ClientFile(Path, JsonSerializer.SerializeToUtf8Bytes(new { version, files = kept.Select(file => file.Path) }));
    }
}
