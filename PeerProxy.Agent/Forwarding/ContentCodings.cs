using System.IO.Compression;
using System.Net.Http.Headers;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Content codings (RFC 9110 section 8.4) of a response: which the visitor's browser undoes, and which the agent undoes before.</summary>
/// <remarks>
/// A body that went through a service worker is decoded by script, and scripts have <c>gzip</c> everywhere but <c>br</c> and <c>zstd</c> nowhere. The agent
/// asks for gzip, which crosses the tunnel as it is; servers that send something else all the same, such as files compressed beforehand, are decoded here as the
/// bytes arrive. A coding that nobody knows is no coding: browsers show such a body as it is.
/// </remarks>
internal static class ContentCodings
{
    /// <summary>More in one response is an attack on whoever undoes them.</summary>
    private const int MaxCodings = 4;

    /// <summary>2^23 bytes: the largest window of the coding <c>zstd</c> on the web (RFC 9659).</summary>
    private const int MaxZstdWindowLog = 23;

    /// <summary>What to do with a body.</summary>
    /// <param name="ForVisitor">The Content-Encoding that is left; null for none.</param>
    /// <param name="Undone">The codings to undo here, outermost first.</param>
    public readonly record struct Plan(string? ForVisitor, IReadOnlyList<string> Undone);

    /// <summary>Null when the body goes as it is, its fields too.</summary>
    public static Plan? PlanFor(HttpContentHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Content-Encoding", out var lines))
        {
            return null;
        }

        var codings = lines.SelectMany(line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(coding => coding.ToLowerInvariant())
            .Where(coding => coding != "identity")
            .ToList();
        if (codings is ["gzip" or "x-gzip"])
        {
            return null;
        }

        if (codings.Count > MaxCodings || !codings.TrueForAll(IsKnown))
        {
            return new Plan(null, []);
        }

        var kept = codings is ["gzip" or "x-gzip", ..] ? 1 : 0;
        codings.Reverse();
        return new Plan(kept == 1 ? "gzip" : null, codings[..^kept]);
    }

    /// <summary>The body without the codings of the plan.</summary>
    /// <remarks>Reading throws <see cref="InvalidDataException"/>, <see cref="IOException"/> or <see cref="ZstdException"/> where the bytes are not what the coding says, or end too early.</remarks>
    public static async ValueTask<Stream> DecodeAsync(Stream body, IReadOnlyList<string> undone, CancellationToken cancellationToken)
    {
        foreach (var coding in undone)
        {
            body = coding switch
            {
                "br" => new BrotliStream(body, CompressionMode.Decompress),
                "zstd" => Zstandard(body),
                "deflate" => await DeflateAsync(body, cancellationToken).ConfigureAwait(false),
                _ => new GZipStream(body, CompressionMode.Decompress),
            };
        }

        return body;
    }

    /// <summary>The runtime's brotli decoder reports bad data as an invalid operation.</summary>
    public static bool IsDecodingError(Exception exception) => exception is InvalidDataException or InvalidOperationException or ZstdException;

    private static bool IsKnown(string coding) => coding is "gzip" or "x-gzip" or "deflate" or "br" or "zstd";

    private static DecompressionStream Zstandard(Stream body)
    {
        var stream = new DecompressionStream(body);
        stream.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxZstdWindowLog);
        return stream;
    }

    /// <summary>The coding is the zlib format, but enough servers send the bare deflate data that every browser accepts both.</summary>
    private static async ValueTask<Stream> DeflateAsync(Stream body, CancellationToken cancellationToken)
    {
        var start = new byte[2];
        var count = await body.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var whole = new PrefixedStream(start.AsMemory(0, count), body);

        // RFC 1950 section 2.2: method 8, and the two bytes are a multiple of 31.
        var isZlib = count == 2 && (start[0] & 0x0F) == 8 && ((start[0] << 8) | start[1]) % 31 == 0;
        return isZlib ? new ZLibStream(whole, CompressionMode.Decompress) : new DeflateStream(whole, CompressionMode.Decompress);
    }
}
