using System.Text;
using PeerProxy.SampleSite.Files;

namespace PeerProxy.SampleSite.Lab;

/// <summary>Bodies that are long, slow, endless or broken.</summary>
internal static class LabStreams
{
    /// <summary>Above this length no hash is announced: computing it would delay the first byte.</summary>
    private const long MaxHashedBytes = 256L << 20;

    internal static void MapStreams(this IEndpointRouteBuilder lab)
    {
        lab.MapMethods("/bytes/{length:long:range(0,10000000000)}", ["GET", "HEAD"], (HttpContext context, LabActivity activity, long length, int? seed) =>
        {
            if (length <= MaxHashedBytes)
            {
                context.Response.Headers["X-Sha256"] = PatternBytes.Sha256(length, seed ?? 0);
            }

            var file = Results.Stream(PatternBytes.Open(length, seed ?? 0), "application/octet-stream", enableRangeProcessing: true);
            return activity.TrackAsync("bytes", () => file.ExecuteAsync(context), context.RequestAborted);
        });
        lab.MapGet("/slow", (HttpContext context, LabActivity activity, int? chunks, int? delay) => activity.TrackAsync("slow", async () =>
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            for (var chunk = 1; chunk <= Math.Clamp(chunks ?? 10, 1, 10_000); chunk++)
            {
                await context.Response.WriteAsync($"chunk {chunk}\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(Math.Clamp(delay ?? 300, 0, 60_000), context.RequestAborted);
            }
        }, context.RequestAborted));
        lab.MapGet("/endless", (HttpContext context, LabActivity activity, IHostApplicationLifetime lifetime) => activity.TrackAsync("endless", async () =>
        {
            context.Response.ContentType = "application/octet-stream";
            var block = new byte[64 * 1024];
            while (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }

            context.Abort();
        }, context.RequestAborted));
        lab.MapGet("/hang", (HttpContext context, LabActivity activity, IHostApplicationLifetime lifetime) => activity.TrackAsync("hang", async () =>
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await Task.Delay(Timeout.Infinite, end.Token);
        }, context.RequestAborted));
        lab.MapGet("/drop/{after:int:range(0,100000000)}", async (HttpContext context, int after, bool? chunked) =>
        {
            if (chunked != true)
            {
                context.Response.ContentLength = after + 100_000L;
            }

            context.Response.ContentType = "text/plain";
            await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(new string('x', after)), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        });
    }
}
