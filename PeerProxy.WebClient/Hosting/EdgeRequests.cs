using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// Decides what each request to the edge is. In order:
/// (1) <c>/.peerproxy/signal</c> goes on to the signaling nodes; (2) any other <c>/.peerproxy/*</c> is a file of the client;
/// (3) on the domain itself, the landing page, health, or 404; (4) on a peer's host, a request for a foreign service worker is refused, (5) a
/// top-level document gets the shell, and (6) everything else is 404: it belongs to the site and missed our service worker, so the edge has nothing
/// true to say, and answering it with the shell would put HTML where the page expects an image.
/// </summary>
public sealed class EdgeRequests(RequestDelegate next, ClientFiles files, IOptions<EdgeOptions> options)
{
    private const string OwnPrefix = "/.peerproxy/";

    private readonly string _domain = options.Value.Domain;

    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";

        var path = context.Request.Path.Value ?? "/";
        if (path == SignalingRoute.Path)
        {
            return next(context);
        }

        if (path.StartsWith(OwnPrefix, StringComparison.Ordinal))
        {
            return files.Find(path[OwnPrefix.Length..]) is { } file
                ? ClientFileResponse.WriteOwnFileAsync(context, file, files)
                : PlainResponse.NotFoundAsync(context, "No such file in this version of PeerProxy.");
        }

        return PeerHost.Classify(context.Request.Host.Host, _domain) switch
        {
            PeerHostKind.Apex when path == "/" => LandingAsync(context),
            PeerHostKind.Apex => ApexAsync(context),
            PeerHostKind.Peer => SiteAsync(context),
            _ => PlainResponse.NotFoundAsync(context, "This host name cannot be a PeerProxy site: a name has 4 to 40 letters, digits and hyphens."),
        };
    }

    private async Task ApexAsync(HttpContext context)
    {
        await next(context);
        if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound })
        {
            await PlainResponse.NotFoundAsync(context, "Nothing here.");
        }
    }

    private Task LandingAsync(HttpContext context) =>
        files.Find(ClientFiles.LandingPath) is { } landing
            ? LandingPage.WriteAsync(context, landing)
            : PlainResponse.NotFoundAsync(context, "PeerProxy edge.");

    private Task SiteAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.ContainsKey("Service-Worker"))
        {
            return PlainResponse.WriteAsync(
                context, StatusCodes.Status403Forbidden, "A site behind PeerProxy cannot register its own service worker on the network.");
        }

        context.Response.Headers.Append(HeaderNames.Vary, "Sec-Fetch-Dest, Accept");
        if (!IsDocument(request))
        {
            const string Missed = "This request did not go through PeerProxy's service worker.";
            return request.Headers["Sec-Fetch-Dest"] == "iframe" ? PlainResponse.FrameNotFoundAsync(context, Missed) : PlainResponse.NotFoundAsync(context, Missed);
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return PlainResponse.WriteAsync(
                context, StatusCodes.Status405MethodNotAllowed, "This form was sent before PeerProxy was connected. Open the page first, then send it again.");
        }

        return files.Find(ClientFiles.ShellPath) is { } shell
            ? ClientFileResponse.WriteShellAsync(context, shell, files)
            : PlainResponse.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "This edge was started without the browser client.");
    }

    /// <summary>A top-level navigation: the browser says so, or (without Fetch Metadata) asks for HTML first.</summary>
    private static bool IsDocument(HttpRequest request)
    {
        var destination = request.Headers["Sec-Fetch-Dest"].ToString();
        if (destination.Length > 0)
        {
            return destination == "document";
        }

        return new RequestHeaders(request.Headers).Accept.Any(accept => accept.MediaType == "text/html");
    }
}
