using System.Text.Encodings.Web;

namespace PeerProxy.WebClient.Hosting;

/// <summary>One-sentence responses for requests the edge does not serve. They are never cached: the same URL may be served a moment later.</summary>
internal static class PlainResponse
{
    internal static Task NotFoundAsync(HttpContext context, string sentence) => WriteAsync(context, StatusCodes.Status404NotFound, sentence);

    /// <summary>
    /// For what a frame would show: marked as the service worker marks its own pages (<c>Client/service-worker/error-page.ts</c>), so that the shell does not take it for
    /// the site. Firefox brings the frame of a reloaded tab back before the tab has its service worker.
    /// </summary>
    internal static Task FrameNotFoundAsync(HttpContext context, string sentence) => WriteAsync(
        context,
        StatusCodes.Status404NotFound,
        "text/html; charset=utf-8",
        $"<!doctype html><html lang=\"en\"><title>PeerProxy</title><main class=\"screen\" data-kind=\"error\"><p>{HtmlEncoder.Default.Encode(sentence)}</p></main></html>");

    internal static Task WriteAsync(HttpContext context, int status, string sentence) => WriteAsync(context, status, "text/plain; charset=utf-8", sentence);

    private static Task WriteAsync(HttpContext context, int status, string contentType, string content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsync(content + "\n", context.RequestAborted);
    }
}
