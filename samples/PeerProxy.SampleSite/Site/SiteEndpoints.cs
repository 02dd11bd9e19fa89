using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace PeerProxy.SampleSite.Site;

/// <summary>Home, about, and the static files.</summary>
internal static class SiteEndpoints
{
    internal static void MapSite(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (SiteCounters counters) => Page.Show(
            "home",
            "Tideline",
            ("seed", DateTime.UtcNow.DayOfYear),
            ("uptime", Describe(counters.Uptime)),
            ("requests", counters.Requests),
            ("memory", (Environment.WorkingSet / 1_048_576).ToString(CultureInfo.InvariantCulture) + " MB"),
            ("system", System.Runtime.InteropServices.RuntimeInformation.OSDescription)));
        routes.MapGet("/about", () => Page.Show("about", "About this site"));
        routes.MapGet("/favicon.svg", () => Static("favicon.svg"));
        routes.MapGet("/static/{**path}", (string path) => Static("static/" + path));
    }

    private static IResult Static(string path) =>
        Assets.Find(path) is { } asset
            ? Results.Bytes(asset.Content, asset.ContentType, entityTag: new EntityTagHeaderValue(asset.ETag))
            : Results.NotFound();

    private static string Describe(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => $"{span.TotalSeconds:0} s",
        { TotalHours: < 1 } => $"{span.TotalMinutes:0} min",
        _ => $"{span.TotalHours:0.0} h",
    };
}
