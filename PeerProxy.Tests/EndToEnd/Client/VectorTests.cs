using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>The vectors that the C# side passes, run by the client's own code in the browsers that will run it.</summary>
[Trait("Category", "EndToEnd")]
[Collection(ClientCollection.Name)]
public sealed class VectorTests(ClientBrowsers browsers)
{
    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Vectors_InBrowser_AllPass(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var page = await stage.NewPageAsync();
        await page.GotoAsync(stage.Url("vectors", "/.peerproxy/test/vectors.html"));
        await ClientStage.UntilAsync(page, "return typeof window.runVectors === 'function'", "the page");

        var result = await page.RunAsync("return await window.runVectors()");

        Assert.Empty(result.GetProperty("failures").EnumerateArray().Select(failure => failure.GetString()));
        Assert.True(result.GetProperty("count").GetInt32() > 400, "The vectors were not found.");
    }
}
