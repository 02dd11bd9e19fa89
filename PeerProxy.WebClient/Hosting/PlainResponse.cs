namespace PeerProxy.WebClient.Hosting;

/// <summary>One-sentence text responses for requests the edge does not serve. They are never cached: the same URL may be served a moment later.</summary>
internal static class PlainResponse
{
    internal static Task NotFoundAsync(HttpContext context, string sentence) => WriteAsync(context, StatusCodes.Status404NotFound, sentence);

    internal static Task WriteAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }
}
