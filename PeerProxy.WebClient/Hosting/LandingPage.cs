using System.Text;
using System.Text.Encodings.Web;

namespace PeerProxy.WebClient.Hosting;

/// <summary>The page on the domain itself: what this is, and the command to run, with this server's own URL in it.</summary>
internal static class LandingPage
{
    private const string ServerMark = "{{server}}";

    internal static Task WriteAsync(HttpContext context, ClientFile template)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return PlainResponse.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "This page can only be read.");
        }

        // A Host header is text from outside: encoded, and only ever shown.
        var server = HtmlEncoder.Default.Encode($"{request.Scheme}://{request.Host.ToUriComponent()}");
        var page = Encoding.UTF8.GetString(template.Content).Replace(ServerMark, server, StringComparison.Ordinal);
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return ClientFileResponse.WriteAsync(context, new ClientFile(template.Path, Encoding.UTF8.GetBytes(page)));
    }
}
