using Microsoft.Extensions.Logging;
using PeerProxy.Tests.EndToEnd.Client;
using PeerProxy.Tests.EndToEnd.FirstLight;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.WebClient;

namespace PeerProxy.Tests.EndToEnd.Trust;

/// <summary>A node that is not to be trusted gains nothing: the visitor refuses, and says so.</summary>
[Collection(FirstLightCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class MaliciousNodeTests(FirstLightFixture fixture)
{
    /// <summary>Environment variable: a folder for a picture of the refusal.</summary>
    private const string PictureVariable = "PEERPROXY_PICTURES";

    private const string Refusal = "This is not the machine you wanted";

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Answers_ChangedByTheNode_AreRefusedOnScreen(string browser)
    {
        await using var node = await MaliciousNode.StartAsync(fixture.Suite.EdgeUrl);
        await using var edge = EdgeApp.Build(
            ["--urls", $"http://localhost:{RedisProcess.FreePort()}", "--Signaling:Nodes", node.Url], builder => builder.Logging.ClearProviders());
        await edge.StartAsync();
        var link = new UriBuilder(fixture.Suite.Link) { Port = new Uri(edge.Urls.First()).Port, Path = "/pages/1" }.Uri;
        var chosen = await fixture.BrowserAsync(browser);

        // An honest visit first: it shows that nothing else stands in the way, and gives the node an answer to replay.
        await using var page = await chosen.NewPageAsync();
        var visitor = new Visitor(page);
        await page.GotoAsync(link.ToString());
        await visitor.UntilAsync("return frame.document.readyState === 'complete' && frame.location.pathname === '/pages/1'", "the site");

        foreach (var attack in new[] { Attack.SwapFingerprint, Attack.ReplayAnswer, Attack.AnswerItself })
        {
            node.Attack = attack;
            await using var attacked = await chosen.NewPageAsync();
            await attacked.GotoAsync(link.ToString());

            await new Visitor(attacked).UntilScreenAsync(Refusal);
            var shown = await attacked.RunAsync("return document.getElementById('site').contentDocument?.title ?? ''");
            Assert.NotEqual("Page 1", shown.GetString());
            await SavePictureAsync(attacked, attack, browser);
        }

        // Without the hash in the address the key of the first visit counts.
        node.Attack = Attack.AnswerItself;
        await page.GotoAsync("about:blank");
        await page.GotoAsync(link.GetLeftPart(UriPartial.Path));
        await visitor.UntilScreenAsync(Refusal);
        Assert.True(node.Attacks >= 4, "An attack did not reach the visitor.");
    }

    private static async Task SavePictureAsync(IBrowserPage page, Attack attack, string browser)
    {
        if (Environment.GetEnvironmentVariable(PictureVariable) is { Length: > 0 } folder && attack == Attack.AnswerItself && browser == BrowserInstallation.Chromium)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "refused-node.png"), await page.ScreenshotAsync());
        }
    }
}
