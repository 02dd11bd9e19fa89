using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace PeerProxy.WebClient.Hosting;

/// <summary>Sends a <see cref="ClientFile"/>: validator, caching, content coding, and the security headers its role needs.</summary>
internal static class ClientFileResponse
{
    /// <summary>The service worker's folder: its script may claim the whole origin although it does not lie at the root.</summary>
    private const string ServiceWorkerFolder = "service-worker/";

    /// <param name="context">The request.</param>
    /// <param name="file">The file it is for.</param>
    /// <param name="files">All files: the service worker keeps the shell with its headers.</param>
    internal static Task WriteOwnFileAsync(HttpContext context, ClientFile file, ClientFiles files)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return PlainResponse.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "Files of PeerProxy are read only.");
        }

        var headers = context.Response.Headers;
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (file.Path.StartsWith(ServiceWorkerFolder, StringComparison.Ordinal))
        {
            headers["Service-Worker-Allowed"] = "/";
        }

        if (file.Path == ClientFiles.ShellPath)
        {
            return WriteShellAsync(context, file, files);
        }

        return WriteAsync(context, file);
    }

    internal static Task WriteShellAsync(HttpContext context, ClientFile shell, ClientFiles files)
    {
        AddShellPolicy(context, files);
        if (files.ShellLinks is not null)
        {
            context.Response.Headers.Append(HeaderNames.Link, files.ShellLinks);
        }

        return WriteAsync(context, shell);
    }

    /// <remarks>
    /// Frames are open to every origin because the framed site may embed or navigate to whatever it likes. There is no Cross-Origin-Opener-Policy:
    /// any value but the default cuts window.opener when a popup returns from another origin, which is how sign-in popups work.
    /// </remarks>
    private static void AddShellPolicy(HttpContext context, ClientFiles files)
    {
        var request = context.Request;
        var socket = (request.IsHttps ? "wss://" : "ws://") + request.Host.ToUriComponent();
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'{files.ShellInlineScripts}; worker-src 'self'; style-src 'self'{files.ShellInlineStyles}; img-src 'self' data: blob:; font-src 'self'; "
            + $"connect-src 'self' {socket}; frame-src * data: blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        context.Response.Headers.XFrameOptions = "DENY";
    }

    internal static async Task WriteAsync(HttpContext context, ClientFile file)
    {
        var request = new RequestHeaders(context.Request.Headers);
        var response = context.Response;
        var coding = file.IsCompressible ? BestCoding(request) : null;
        var tag = file.ETag(coding);
        response.Headers.ETag = tag.ToString();
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        response.Headers.CacheControl = context.Request.Query["v"] == file.Version ? "public, max-age=31536000, immutable" : "no-cache";

        if (request.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var body = file.In(coding);
        response.ContentType = file.ContentType;
        response.ContentLength = body.Length;
        if (coding is not null)
        {
            response.Headers.ContentEncoding = coding;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static string? BestCoding(RequestHeaders request)
    {
        foreach (var coding in (ReadOnlySpan<string>)["br", "gzip"])
        {
            foreach (var accepted in request.AcceptEncoding)
            {
                if (accepted.Value == coding && accepted.Quality is null or > 0)
                {
                    return coding;
                }
            }
        }

        return null;
    }
}
