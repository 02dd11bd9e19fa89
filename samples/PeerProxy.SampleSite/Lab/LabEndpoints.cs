using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite.Lab;

/// <summary>Corners of HTTP under <c>/lab</c>, one URL each, for people and for tests. The page <c>/lab</c> lists them.</summary>
internal static class LabEndpoints
{
    internal static void MapLab(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/lab", () => Page.Show("lab", "Lab"));
        var lab = routes.MapGroup("/lab");
        lab.MapGet("/activity", (LabActivity activity) => Results.Json(activity.Snapshot()));
        lab.MapResponses();
        lab.MapStreams();
        lab.MapEcho();
    }
}
