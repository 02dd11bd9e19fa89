using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace PeerProxy.WebClient.Hosting;

/// <summary>One file of the browser client, held in memory with its compressed forms (made on first use) and its validator.</summary>
public sealed class ClientFile
{
    /// <summary>Below this many bytes the headers outweigh what compression saves.</summary>
    private const int MinCompressedBytes = 512;

    private readonly Lazy<byte[]> _gzip;
    private readonly Lazy<byte[]> _brotli;

    /// <param name="path">Path below <c>/.peerproxy/</c>, with forward slashes.</param>
    /// <param name="content">The bytes.</param>
    public ClientFile(string path, byte[] content)
    {
        Path = path;
        Content = content;
        Version = Convert.ToHexStringLower(SHA256.HashData(content))[..16];
        ContentType = ContentTypeOf(path, out var compressible);
        IsCompressible = compressible && content.Length >= MinCompressedBytes;
        _gzip = new(() => Compress(stream => new GZipStream(stream, CompressionLevel.SmallestSize)));
        _brotli = new(() => Compress(stream => new BrotliStream(stream, CompressionLevel.SmallestSize)));
    }

    /// <summary>Path below <c>/.peerproxy/</c>.</summary>
    public string Path { get; }

    /// <summary>The uncompressed bytes.</summary>
    public byte[] Content { get; }

    /// <summary>Value of the Content-Type field.</summary>
    public string ContentType { get; }

    /// <summary>Hash of the content: 16 hex digits. As <c>?v=</c> in a URL it makes the response immutable.</summary>
    public string Version { get; }

    /// <summary>Whether compressed forms exist.</summary>
    public bool IsCompressible { get; }

    /// <summary>The bytes in a content coding (<c>br</c>, <c>gzip</c>), or as they are for null.</summary>
    public byte[] In(string? coding) => coding switch
    {
        "br" => _brotli.Value,
        "gzip" => _gzip.Value,
        _ => Content,
    };

    /// <summary>The strong validator of one coding; each coding is a representation of its own (RFC 9110 section 8.8.3.3).</summary>
    public EntityTagHeaderValue ETag(string? coding) => new(coding is null ? $"\"{Version}\"" : $"\"{Version}-{coding}\"");

    private byte[] Compress(Func<Stream, Stream> encoder)
    {
        using var output = new MemoryStream();
        using (var stream = encoder(output))
        {
            stream.Write(Content);
        }

        return output.ToArray();
    }

    private static string ContentTypeOf(string path, out bool compressible)
    {
        (var type, compressible) = System.IO.Path.GetExtension(path) switch
        {
            ".js" => ("text/javascript; charset=utf-8", true),
            ".css" => ("text/css; charset=utf-8", true),
            ".html" => ("text/html; charset=utf-8", true),
            ".svg" => ("image/svg+xml", true),
            ".json" or ".map" => ("application/json", true),
            ".webmanifest" => ("application/manifest+json", true),
            ".txt" => ("text/plain; charset=utf-8", true),
            ".wasm" => ("application/wasm", true),
            ".png" => ("image/png", false),
            ".ico" => ("image/x-icon", false),
            ".woff2" => ("font/woff2", false),
            _ => ("application/octet-stream", false),
        };
        return type;
    }
}
