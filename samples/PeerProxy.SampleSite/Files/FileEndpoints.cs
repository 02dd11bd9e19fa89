using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite.Files;

/// <summary>A download whose hash is known before it starts, and uploads that are hashed while they arrive and then forgotten.</summary>
internal static class FileEndpoints
{
    private const long DemoBytes = 20_000_000;
    private const int DemoSeed = 1;
    private const int MaxFieldBytes = 64 * 1024;

    internal static void MapFiles(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/files", () => Page.Show("files", "Files", ("hash", PatternBytes.Sha256(DemoBytes, DemoSeed)), ("size", DemoBytes)));
        routes.MapGet("/files/tideline.bin", () => Results.Stream(
            PatternBytes.Open(DemoBytes, DemoSeed),
            "application/octet-stream",
            "tideline.bin",
            entityTag: new EntityTagHeaderValue($"\"{PatternBytes.Sha256(DemoBytes, DemoSeed)[..16]}\""),
            enableRangeProcessing: true));
        routes.MapPost("/files/upload", (Delegate)UploadFormAsync);
        routes.MapPut("/files/raw", async (HttpContext context) =>
        {
            var started = Stopwatch.GetTimestamp();
            var (size, hash) = await HashAsync(context.Request.Body, context.RequestAborted);
            return Results.Json(new { size, sha256 = hash, milliseconds = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds });
        });
    }

    private static async Task<IResult> UploadFormAsync(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary)
        {
            return Results.Text("Send the form as multipart/form-data.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        var rows = new List<string>();
        var reader = new MultipartReader(boundary, context.Request.Body);
        while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
        {
            if (section.AsFileSection() is { FileStream: { } content } file)
            {
                var (size, hash) = await HashAsync(content, context.RequestAborted);
                rows.Add(Row(file.FileName, $"{size:N0} bytes", hash));
            }
            else if (section.AsFormDataSection() is { } field)
            {
                rows.Add(Row(field.Name, "field", await ReadFieldAsync(field.Section.Body, context.RequestAborted)));
            }
        }

        return Page.Show("uploaded", "Uploaded", ("rows", new Markup(string.Join('\n', rows))));
    }

    private static string Row(string name, string kind, string value)
    {
        var encoder = System.Text.Encodings.Web.HtmlEncoder.Default;
        return $"<tr><td>{encoder.Encode(name)}</td><td>{kind}</td><td><code>{encoder.Encode(value)}</code></td></tr>";
    }

    private static async Task<string> ReadFieldAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxFieldBytes];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static async Task<(long Size, string Hash)> HashAsync(Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        var size = 0L;
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            size += read;
        }

        return (size, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
