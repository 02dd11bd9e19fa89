using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace PeerProxy.SampleSite.Lab;

/// <summary>Status codes, redirects, validators, content codings, policies.</summary>
internal static class LabResponses
{
    private const int MaxRedirects = 30;

    internal static void MapResponses(this IEndpointRouteBuilder lab)
    {
        lab.Map("/status/{code:int:range(200,599)}", (int code) =>
            code is 204 or 205 or 304 ? Results.StatusCode(code) : Results.Text($"status {code}\n", statusCode: code));
        lab.Map("/redirect/{count:int:range(1,30)}", (HttpContext context, int count, int? status) =>
        {
            var code = status is 301 or 303 or 307 or 308 ? status.Value : StatusCodes.Status302Found;
            context.Response.StatusCode = code;
            context.Response.Headers.Location = Math.Min(count, MaxRedirects) == 1 ? "/lab/landed" : $"/lab/redirect/{count - 1}?status={code}";
        });
        lab.Map("/landed", (HttpContext context) => Results.Text($"landed with {context.Request.Method}\n"));
        lab.MapGet("/delay/{milliseconds:int:range(0,60000)}", async (int milliseconds, CancellationToken aborted) =>
        {
            await Task.Delay(milliseconds, aborted);
            return Results.Text($"after {milliseconds} ms\n");
        });
        lab.MapGet("/etag", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            return Results.Text(
                "<!doctype html><title>Validator</title><p>Reload me: the second answer is 304.",
                "text/html; charset=utf-8").WithETag("\"lab-etag-1\"", context);
        });
        lab.MapGet("/encoded/{coding}", async (HttpContext context, string coding) =>
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            await using Stream? encoder = coding switch
            {
                "gzip" => new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
                "deflate" => new ZLibStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
                "br" => new BrotliStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
                _ => null,
            };
            if (encoder is null)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Response.Headers.ContentEncoding = coding;
            for (var line = 1; line <= 200; line++)
            {
                await encoder.WriteAsync(Encoding.UTF8.GetBytes($"line {line} was sent as {coding}\n"), context.RequestAborted);
            }
        });
        lab.MapGet("/csp", (HttpContext context) =>
        {
            var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self'";
            return Results.Content(
                $"<!doctype html><title>Strict policy</title><p id=\"state\">script has not run</p><script nonce=\"{nonce}\">document.getElementById('state').textContent = 'script ran'</script>",
                "text/html; charset=utf-8");
        });
    }

    private static IResult WithETag(this IResult result, string etag, HttpContext context)
    {
        context.Response.Headers.ETag = etag;
        var known = context.Request.GetTypedHeaders().IfNoneMatch;
        return known.Any(value => value.Compare(EntityTagHeaderValue.Parse(etag), useStrongComparison: false))
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : result;
    }
}
