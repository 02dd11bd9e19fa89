using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>From the navigation to the first byte of the site's page, in a browser profile that has never been here and in one that has.</summary>
internal sealed class FirstByteScenario : IScenario
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

    public string Name => "first-byte";

    public string Description => "first byte of the site's page, cold and warm, with its breakdown, Chromium";

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using var browser = await BenchBrowser.StartAsync(BrowserInstallation.Chromium);
        await using var suite = await BenchSuite.StartAsync();
        var rounds = context.Repeats(30, 8);
        for (var round = -1; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Report(Math.Max(round, 0), rounds, "visits");
            await using (var direct = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Direct, suite.Target.Url))
            {
                await direct.OpenAsync("/");
                var interactive = (await direct.RunAsync("return performance.getEntriesByType('navigation')[0].domInteractive")).GetDouble();
                if (round >= 0)
                {
                    context.Results.Add("direct HTTP: page interactive", "ms", interactive);
                }
            }

            await using var tab = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Proxied, suite.Link);
            foreach (var visit in new[] { "cold", "warm" })
            {
                await tab.OpenAsync("/");
                var at = await tab.RunAsync(Script);
                if (round >= 0)
                {
                    foreach (var moment in at.EnumerateObject().OrderBy(moment => moment.Value.GetDouble()))
                    {
                        context.Results.Add($"{visit}: {moment.Name}", "ms", moment.Value.GetDouble());
                    }
                }

                // Another document in between, so that the next visit is a navigation and not a change of the fragment.
                await tab.Page.GotoAsync("about:blank");
            }
        }

        // On the loopback the round trips are nothing: what remains is our work.
        context.Results.Judge("cold: first byte of the page", context.Results["cold: first byte of the page"].Median, "ms", atMost: 150);
        context.Results.Judge("warm: first byte of the page", context.Results["warm: first byte of the page"].Median, "ms", atMost: 100);
    }
}
