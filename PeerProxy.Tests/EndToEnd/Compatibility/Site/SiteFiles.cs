using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Site;

/// <summary>Scripts of the suite, media, uploads and downloads.</summary>
internal static class SiteFiles
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "EndToEnd", "Compatibility", "Pages");
    private static readonly byte[] _tone = LabMedia.Wav(seconds: 30);

    public static void Map(IEndpointRouteBuilder app, CompatibilitySite site)
    {
        app.MapGet("/pages/{**file}", (HttpContext context, string file) =>
        {
            var path = Path.GetFullPath(Path.Combine(_folder, file));
            context.Response.Headers.CacheControl = "no-cache";
            return path.StartsWith(_folder, StringComparison.Ordinal) && File.Exists(path) ? Results.File(path, "text/javascript; charset=utf-8") : Results.NotFound();
        });
        app.MapGet("/image.svg", () => Results.Text("""<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect id="r" width="16" height="16" fill="green"/></svg>""", "image/svg+xml"));
        app.MapGet("/style.css", () => Results.Text("@import '/imported.css'; #here { background-image: url(/image.svg?css); }", "text/css"));
        app.MapGet("/imported.css", () => Results.Text("#here { color: rgb(7, 8, 9) }", "text/css"));
        app.MapGet("/track.vtt", () => Results.Text("WEBVTT\n\n00:00.000 --> 00:02.000\nfirst cue\n", "text/vtt"));
        app.MapGet("/favicon.ico", () => Results.NotFound());
        app.MapMethods("/tone.wav", ["GET", "HEAD"], () => Results.Bytes(_tone, "audio/wav", enableRangeProcessing: true));
        app.MapMethods("/bytes/{length:int}", ["GET", "HEAD"], (HttpContext context, int length) =>
        {
            var body = new byte[length];
            LabBytes.Fill(body, 5, 0);
            return Results.Bytes(body, "application/octet-stream", enableRangeProcessing: true, entityTag: new("\"bytes\""));
        });
        // Recorded once the connection has taken all of it: what a browser keeps as a download it reads to the end.
        app.MapGet("/download/{key}", async (HttpContext context, string key, string? name) =>
        {
            var body = new byte[300_000];
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = body.Length;
            if (name is not null)
            {
                context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
            }

            await context.Response.Body.WriteAsync(body, context.RequestAborted);
            await context.Response.CompleteAsync();
            site.Record(key, $"sent {body.Length}");
        });
        app.MapMethods("/upload", ["POST", "PUT"], async (HttpContext context) =>
        {
            var buffer = new byte[64 * 1024];
            long length = 0;
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                length += read;
            }

            return Results.Json(new { length, type = context.Request.ContentType, announced = context.Request.ContentLength });
        });
        app.MapPost("/form", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            return Results.Json(new
            {
                type = context.Request.ContentType!.Split(';')[0],
                fields = form.ToDictionary(field => field.Key, field => field.Value.ToArray()),
                files = form.Files.Select(file => new { file.Name, file.FileName, file.ContentType, file.Length }),
            });
        });
    }
}
