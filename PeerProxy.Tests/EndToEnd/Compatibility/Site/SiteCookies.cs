using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Site;

/// <summary>Sets the cookies a page asks for, and says which came.</summary>
internal static class SiteCookies
{
    public static void Map(IEndpointRouteBuilder app)
    {
        // ?c= once for each Set-Cookie line; then= makes it a redirect, type= another kind of response.
        app.MapGet("/cookies/set/{**rest}", (HttpContext context, string? then, string? type) =>
        {
            // {secret} stands for a value that no address has in it.
            context.Response.Headers.SetCookie = context.Request.Query["c"].Select(line => line!.Replace("{secret}", SecretOf(context.Request.Query["key"].ToString()), StringComparison.Ordinal)).ToArray();
            return then is not null ? Results.Redirect(then)
                : type == "image" ? Results.Text("""<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>""", "image/svg+xml")
                : type == "script" ? Results.Text("window.cookieScriptRan = true", "text/javascript")
                : type == "html" ? LabPages.Html("Set", "set")
                : Results.Text("set");
        });
        app.MapMethods("/cookies/sent/{**rest}", ["GET", "POST"], (HttpContext context) => Results.Text(context.Request.Headers.Cookie.ToString()));
    }

    /// <summary>What <c>{secret}</c> becomes for this key.</summary>
    public static string SecretOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
