using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Loopback;

/// <summary>The first byte where round trips are nothing: what remains is our work.</summary>
internal sealed class FirstByteScenario : IScenario
{
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
            var results = round < 0 ? null : context.Results;
            await using (var direct = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Direct, suite.Target.Url))
            {
                await FirstByte.VisitDirectlyAsync(direct, results, "");
            }

            await using var tab = new SiteTab(await browser.NewMeasuredPageAsync(), Route.Proxied, suite.Link);
            await FirstByte.VisitAsync(tab, results, "");
        }

        FirstByte.Judge(context.Results, "", roundTripMs: 0);
    }
}
