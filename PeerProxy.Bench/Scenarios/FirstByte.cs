using PeerProxy.Bench.Framework;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios;

/// <summary>From the navigation to the first byte of the site's page, in a browser profile that has never been here and then in one that has.</summary>
internal static class FirstByte
{
    /// <summary>Milliseconds after the tab's navigation; the clocks of both documents are the same.</summary>
    private const string Script =
        """
        const zero = top.performance.timeOrigin;
        const own = performance.getEntriesByType('navigation')[0];
        const after = moment => performance.timeOrigin + moment - zero;
        return {
          'shell has arrived': top.performance.getEntriesByType('navigation')[0].responseEnd,
          ...Object.fromEntries(top.performance.getEntriesByType('resource').filter(file => file.name.endsWith('/shell/main.js')).map(file => ['script has arrived', file.responseEnd])),
          ...Object.fromEntries(top.performance.getEntriesByType('mark').filter(mark => mark.name.startsWith('peerproxy-')).map(mark => [mark.name.slice(10), mark.startTime])),
          'frame navigates': after(0), 'first byte of the page': after(own.responseStart), 'page interactive': after(own.domInteractive),
        };
        """;

    /// <summary>Visits twice. Without results the visits only warm things up.</summary>
    /// <param name="tab">Of a new profile.</param>
    /// <param name="results">Gets the moments of each visit.</param>
    /// <param name="prefix">Of the names there.</param>
    public static async Task VisitAsync(SiteTab tab, ScenarioResults? results, string prefix)
    {
        foreach (var visit in new[] { "cold", "warm" })
        {
            await tab.OpenAsync("/");
            var at = await tab.RunAsync(Script);
            foreach (var moment in at.EnumerateObject().OrderBy(moment => moment.Value.GetDouble()))
            {
                results?.Add($"{prefix}{visit}: {moment.Name}", "ms", moment.Value.GetDouble());
            }

            // Another document in between, so that the next visit is a navigation and not a change of the fragment.
            await tab.Page.GotoAsync("about:blank");
        }
    }

    /// <summary>The same page by the target's own address.</summary>
    public static async Task VisitDirectlyAsync(SiteTab tab, ScenarioResults? results, string prefix)
    {
        await tab.OpenAsync("/");
        var interactive = (await tab.RunAsync("return performance.getEntriesByType('navigation')[0].domInteractive")).GetDouble();
        results?.Add($"{prefix}direct HTTP: page interactive", "ms", interactive);
    }

    /// <summary>The goals: round trips, and what a quick machine needs besides.</summary>
    public static void Judge(ScenarioResults results, string prefix, int roundTripMs)
    {
        foreach (var (visit, limit) in new[] { ("cold", (5 * roundTripMs) + 150), ("warm", (4 * roundTripMs) + 100) })
        {
            var name = $"{prefix}{visit}: first byte of the page";
            results.Judge(name, results[name].Median, "ms", atMost: limit);
        }
    }
}
