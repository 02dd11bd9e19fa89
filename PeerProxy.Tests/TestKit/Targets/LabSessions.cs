using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>A login that lives in a cookie scripts cannot read, beside one they can.</summary>
internal static class LabSessions
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/login", () => LabPages.Html("Log in", """
            <form method="post" action="/login"><input name="user"><button id="log-in">Log in</button></form>
            """));
        app.MapPost("/login", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            context.Response.Cookies.Append("lab-session", form["user"].ToString(), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/" });
            context.Response.Cookies.Append("lab-theme", "dark", new CookieOptions { Path = "/" });
            return Results.Redirect("/me");
        });
        app.MapGet("/me", (HttpContext context) => LabPages.Html("Me", $"""
            <p id="user">{WebUtility.HtmlEncode(context.Request.Cookies["lab-session"] ?? "nobody")}</p>
            <p id="theme">{WebUtility.HtmlEncode(context.Request.Cookies["lab-theme"] ?? "none")}</p>
            <form method="post" action="/logout"><button id="log-out">Log out</button></form>
            """));
        app.MapPost("/logout", (HttpContext context) =>
        {
            context.Response.Cookies.Delete("lab-session");
            return Results.Redirect("/me");
        });
        app.MapGet("/cookies", (HttpContext context) => Results.Json(context.Request.Cookies.ToDictionary(cookie => cookie.Key, cookie => cookie.Value)));
    }
}
