using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace PeerProxy.SampleSite.Site;

/// <summary>The embedded files of the site: page templates, style sheet and scripts.</summary>
internal static class Assets
{
    private static readonly FrozenDictionary<string, Asset> Files = Load();

    /// <summary>The text of a file that is part of the program.</summary>
    internal static string Text(string path) => Encoding.UTF8.GetString(Files[path].Content);

    internal static Asset? Find(string path) => Files.GetValueOrDefault(path);

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().ToFrozenDictionary(
            name => name.Replace('\\', '/'),
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var content = new byte[stream.Length];
                stream.ReadExactly(content);
                return new Asset(content, TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
            });
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    };
}

/// <summary>One embedded file.</summary>
internal sealed record Asset(byte[] Content, string ContentType, string ETag);
