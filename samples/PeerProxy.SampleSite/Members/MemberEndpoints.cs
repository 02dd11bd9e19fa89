using System.Globalization;
using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite.Members;

/// <summary>Sign in, a page for members only, sign out. The password is on the page: this shows cookies, not security.</summary>
internal static class MemberEndpoints
{
    private const string SessionCookie = "tideline-session";
    private const string VisitsCookie = "tideline-visits";
    private const string Password = "seashell";

    internal static void MapMembers(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/members", (HttpContext context, MemberSessions sessions) =>
            sessions.Find(context.Request.Cookies[SessionCookie]) is { } name
                ? Page.Show("members", "Members", ("name", name), ("visits", CountVisit(context)))
                : Results.Redirect("/members/sign-in"));
        routes.MapGet("/members/sign-in", (string? failed) => Page.Show(
            "sign-in",
            "Sign in",
            ("note", new Markup(failed is null ? "" : "<p class=\"note\" role=\"alert\">That is not the password. It is on this page.</p>"))));
        routes.MapPost("/members/sign-in", async (HttpContext context, MemberSessions sessions) =>
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            if (form["password"] != Password || form["name"].ToString() is not { Length: > 0 and <= 60 } name)
            {
                return SeeOther(context, "/members/sign-in?failed=1");
            }

            context.Response.Cookies.Append(
                SessionCookie, sessions.Start(name), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = TimeSpan.FromDays(1) });
            return SeeOther(context, "/members");
        });
        routes.MapPost("/members/sign-out", (HttpContext context, MemberSessions sessions) =>
        {
            sessions.End(context.Request.Cookies[SessionCookie]);
            context.Response.Cookies.Delete(SessionCookie);
            return SeeOther(context, "/members/sign-in");
        });
    }

    /// <summary>A cookie that scripts may read, so that the page can show both kinds.</summary>
    private static int CountVisit(HttpContext context)
    {
        var visits = int.TryParse(context.Request.Cookies[VisitsCookie], CultureInfo.InvariantCulture, out var known) ? known + 1 : 1;
        context.Response.Cookies.Append(VisitsCookie, visits.ToString(CultureInfo.InvariantCulture), new CookieOptions { Path = "/", MaxAge = TimeSpan.FromDays(30) });
        return visits;
    }

    private static IResult SeeOther(HttpContext context, string location)
    {
        context.Response.Headers.Location = location;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
