using System.Globalization;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>
/// A page of 200 parts, of which 50 and the page itself are asked for again on each visit, from the tab's navigation to the load event: the first visit of a browser
/// profile and its second, over several round trips.
/// </summary>
internal sealed class PageLoadScenario : IScenario
{
    private const int Parts = 200;

    private static readonly int[] _roundTrips = [0, 20, 50, 100];

    public string Name => "page-load";

    public string Description => "load event of a page with 200 parts, first and second visit, over round trips of 0 to 100 ms, beside direct HTTP";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var rounds = context.Repeats(7, 3);
        await using var bed = await WanBed.StartAsync();
        for (var round = -1; round < rounds; round++)
        {
            foreach (var roundTrip in _roundTrips)
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Report(Math.Max(round, 0), rounds, $"{roundTrip} ms");
                await bed.SetPathAsync(new WanPath(roundTrip, 100, 0), isUpload: false);
                foreach (var route in new[] { Route.Direct, Route.Proxied })
                {
                    var (first, second) = await VisitAsync(bed, route);
                    if (round >= 0)
                    {
                        context.Results.Add(Series(roundTrip, "first", route), "ms", first);
                        context.Results.Add(Series(roundTrip, "second", route), "ms", second);
                    }
                }
            }
        }

        foreach (var visit in new[] { "first", "second" })
        {
            foreach (var roundTrip in _roundTrips)
            {
                context.Results.Compare(Series(roundTrip, visit, Route.Proxied), Series(roundTrip, visit, Route.Direct), atMost: visit == "second" ? 1.3 : null);
            }
        }

        context.Results.Draw(new LinePlot("load", $"Load event of a page with {Parts} parts", "round trip, ms", "ms", [.. Lines(context.Results)]));
    }

    private static IEnumerable<PlotLine> Lines(ScenarioResults results) =>
        from visit in new[] { "first", "second" }
        from route in new[] { Route.Direct, Route.Proxied }
        select new PlotLine($"{visit} visit, {Way(route)}", [.. _roundTrips.Select(roundTrip => ((double)roundTrip, results[Series(roundTrip, visit, route)].Median))]);

    private static async Task<(double First, double Second)> VisitAsync(WanBed bed, Route route)
    {
        await using var tab = await bed.NewTabAsync(route);
        var path = string.Create(CultureInfo.InvariantCulture, $"/album/{Guid.NewGuid():N}?n={Parts}");
        var first = await LoadAsync(tab, path);
        // Another document in between, so that the next visit is a navigation.
        await tab.Page.GotoAsync("about:blank");
        return (first, await LoadAsync(tab, path));
    }

    private static async Task<double> LoadAsync(SiteTab tab, string path)
    {
        await tab.OpenAsync(path);
        await tab.WaitForAsync("return document.readyState === 'complete' && window.ran === arg && performance.getEntriesByType('navigation')[0].loadEventEnd > 0", (Parts + 1) / 3);
        var end = await tab.RunAsync("return performance.timeOrigin + performance.getEntriesByType('navigation')[0].loadEventEnd");
        return end.GetDouble() - (await tab.Page.RunAsync("return performance.timeOrigin")).GetDouble();
    }

    private static string Series(int roundTrip, string visit, Route route) => $"{roundTrip} ms, {visit} visit, {Way(route)}";

    private static string Way(Route route) => route == Route.Direct ? "direct" : "PeerProxy";
}
