using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.Interop.Browsers;

[Trait("Category", "Interop")]
public class BrowserPageTests
{
    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task RunAsync_AsyncScript_GivesItsResultAndItsErrors(string name)
    {
        await using var browser = await BrowserInstallation.StartOrSkipAsync(name);
        await using var page = await browser.NewPageAsync();
        await page.GotoAsync("data:text/html,<title>hello</title>");

        var result = await page.RunAsync("await new Promise(r => setTimeout(r, 1)); return { title: document.title, sum: arg.a + 1 };", new { a = 41 });
        var error = await Assert.ThrowsAsync<BrowserScriptException>(() => page.RunAsync("throw new Error('broken on purpose');"));

        Assert.Equal("hello", result.GetProperty("title").GetString());
        Assert.Equal(42, result.GetProperty("sum").GetInt32());
        Assert.Contains("broken on purpose", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await page.ScreenshotAsync());
    }
}
