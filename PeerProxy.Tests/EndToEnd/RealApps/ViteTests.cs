using System.Diagnostics;
using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>A development server: a saved file changes the open page without a reload.</summary>
public sealed class ViteTests : RealAppTest
{
    [Theory]
    [MemberData(nameof(Routes))]
    public async Task SavedFile_ChangesTheOpenPageInPlace(Route route)
    {
        var app = await ViteProject.StartAsync();
        var tab = await OpenAsync(app, route, "/");
        await tab.WaitForTextAsync("#greeting", "first");
        await WaitForLogAsync(tab, "[vite] connected");
        await tab.ClickAsync("#count");

        ViteProject.WriteGreeting(app.Folder, "second");
        await tab.WaitForTextAsync("#greeting", "second");
        ViteProject.WriteColor(app.Folder, "rgb(0, 0, 255)");
        await tab.WaitForAsync("return getComputedStyle(document.getElementById('greeting')).color === 'rgb(0, 0, 255)'");

        // The state of the page is still there: it was not loaded anew.
        await tab.WaitForTextAsync("#count", "1");
    }

    /// <summary>The client says in the console that its socket is up; what is saved before that, it would not hear of.</summary>
    private static async Task WaitForLogAsync(SiteTab tab, string text)
    {
        var clock = Stopwatch.StartNew();
        while (!tab.Page.Log.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            Assert.True(clock.Elapsed < SiteTab.WaitLimit, $"The console does not say '{text}'.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
