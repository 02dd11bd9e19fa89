using Microsoft.Playwright;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.Recovery;

/// <summary>What breaks under a page: it keeps standing, nothing is cut short without a word, and it goes on without anybody's help.</summary>
[Trait("Category", "EndToEnd")]
public sealed class RecoveryTests(RecoveryFixture fixture) : IClassFixture<RecoveryFixture>
{
    private readonly string _id = Guid.NewGuid().ToString("N");

    [Fact]
    public async Task ServiceWorker_KilledInMidStream_IsAnErrorInThePage_AndTheNextRequestWorks()
    {
        await using var tab = await fixture.OpenAsync(BrowserInstallation.Chromium);
        fixture.Lab.Feed(_id, "chunk");
        await tab.RunAsync("window.mark = 'same page'; window.reader = (await fetch(arg)).body.getReader(); await reader.read()", $"/fed?id={_id}");

        var page = ((ChromiumPage)tab.Page).Page;
        var devtools = await page.Context.NewCDPSessionAsync(page);
        await devtools.SendAsync("ServiceWorker.enable");
        await devtools.SendAsync("ServiceWorker.stopAllWorkers");

        Assert.Equal("TypeError", await tab.TextAsync("try { return (await reader.read()).done ? 'complete' : 'more'; } catch (error) { return error.name; }"));
        await AssertGoesOnAsync(tab);
        var ended = await Task.WhenAny(fixture.Lab.Request(_id).Aborted, Task.Delay(SiteTab.WaitLimit));
        Assert.True(ended == fixture.Lab.Request(_id).Aborted, $"The target goes on: {string.Join("; ", fixture.Lab.RequestLines.Where(line => line.Contains(_id, StringComparison.Ordinal)))}\n{await tab.DescribeAsync()}\n{fixture.Suite.Log.Tail(60)}");
    }

    /// <summary>A worker that was stopped knows no more which page is in which tab; what a page asks for must not end with another tab, nor be sent without the page's cookies.</summary>
    [Fact]
    public async Task ServiceWorker_StoppedWithSeveralTabs_AsksThroughTheTabOfThePage()
    {
        SiteTab[] tabs = [await OpenAsync(), await OpenAsync(), await OpenAsync()];
        var page = PageOf(tabs[0]);
        var devtools = await page.Context.NewCDPSessionAsync(page);
        await devtools.SendAsync("ServiceWorker.enable");
        await devtools.SendAsync("ServiceWorker.stopAllWorkers");

        foreach (var (index, tab) in tabs.Index())
        {
            fixture.Lab.Feed($"{_id}-{index}", "chunk");
            await tab.RunAsync("window.reader = (await fetch(arg)).body.getReader(); await reader.read()", $"/fed?id={_id}-{index}");
        }

        foreach (var closed in (int[])[2, 0])
        {
            await PageOf(tabs[closed]).CloseAsync();
            await fixture.Lab.Request($"{_id}-{closed}").Aborted.WaitAsync(SiteTab.WaitLimit);
            fixture.Lab.Feed($"{_id}-1", "more!");
            Assert.Equal("more!", await tabs[1].TextAsync("return new TextDecoder().decode((await reader.read()).value)"));
        }

        await tabs[1].DisposeAsync();

        Task<SiteTab> OpenAsync() => fixture.OpenAsync(BrowserInstallation.Chromium, profile: _id);
        static IPage PageOf(SiteTab tab) => ((ChromiumPage)tab.Page).Page;
    }

    /// <summary>A starting worker may ask a tab whose offer is already on its way.</summary>
    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Tab_AskedForItsTunnelAgain_GoesOnWithWhatIsUnderWay(string browser)
    {
        await using var tab = await fixture.OpenAsync(browser);
        fixture.Lab.Feed(_id, "chunk");
        await tab.RunAsync("window.mark = 'same page'; window.reader = (await fetch(arg)).body.getReader(); await reader.read()", $"/fed?id={_id}");

        await tab.Page.RunAsync("""
            const taken = new Promise(resolve => navigator.serviceWorker.addEventListener('message', event => { if (event.data.type === 'tunnel-taken') { resolve(); } }));
            navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { type: 'tunnel-wanted' } }));
            await taken;
            """);

        fixture.Lab.Feed(_id, "more!");
        Assert.Equal("more!", await tab.TextAsync("return new TextDecoder().decode((await reader.read()).value)"));
        await AssertGoesOnAsync(tab);
        Assert.Equal(1, Requests(""));
    }

    /// <summary>Firefox ends the streams of a worker it stops as if they were complete, so it must not stop one that is streaming.</summary>
    [Fact]
    public async Task ServiceWorkerOfFirefox_IsNotStoppedWhileItStreams_AndWakesUpAfterwards()
    {
        await using var tab = await fixture.OpenAsync(BrowserInstallation.Firefox);
        await tab.RunAsync("""
            window.mark = 'same page';
            window.text = '';
            (async () => {
              const reader = (await fetch(arg)).body.pipeThrough(new TextDecoderStream()).getReader();
              for (let next = await reader.read(); !next.done; next = await reader.read()) { window.text += next.value; }
              window.text += ' end';
            })().catch(error => { window.text += ' ' + error.name; });
            """, $"/fed?id={_id}");
        var chunks = (int)(1.8 * RecoveryFixture.FirefoxIdleTimeout.TotalSeconds / 2);
        for (var i = 0; i < chunks; i++)
        {
            fixture.Lab.Feed(_id, "x");
            await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        }

        fixture.Lab.EndFeed(_id);
        await tab.WaitForAsync("return window.text.includes(' ')");
        Assert.Equal(new string('x', chunks) + " end", await tab.TextAsync("return window.text"));

        // Nothing is open now: the worker is stopped, and the next request starts it.
        await Task.Delay(RecoveryFixture.FirefoxIdleTimeout * 1.3, TestContext.Current.CancellationToken);
        await AssertGoesOnAsync(tab);
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Agent_ThatIsRestarted_FailsOnlyWhatCannotBeRepeated(string browser)
    {
        await using var tab = await fixture.OpenAsync(browser);
        fixture.Lab.Feed(_id + "-body", "first");
        await tab.RunAsync("""
            window.mark = 'same page';
            const outcome = promise => promise.then(() => 'answered', error => error.name);
            window.giveUp = new AbortController();
            window.get = outcome(fetch('/hang?id=' + arg + '-get', { signal: giveUp.signal }));
            window.post = outcome(fetch('/hang?id=' + arg + '-post', { method: 'POST', body: 'x' }));
            const reader = (await fetch('/fed?id=' + arg + '-body')).body.getReader();
            await reader.read();
            window.body = reader.read().then(({ done }) => done ? 'cut short' : 'more', error => error.name);
            window.socket = new WebSocket('/socket');
            await new Promise(resolve => { socket.onopen = resolve; });
            window.socketClosed = new Promise(resolve => { socket.onclose = event => resolve(event.code + ' ' + event.wasClean); });
            """, _id);
        await fixture.Lab.Request(_id + "-get").Started.WaitAsync(SiteTab.WaitLimit);
        await fixture.Lab.Request(_id + "-post").Started.WaitAsync(SiteTab.WaitLimit);

        await fixture.Suite.Agent.DisposeAsync();
        await fixture.Suite.StartAgentAsync();

        Assert.Equal("TypeError", await tab.TextAsync("return await window.post"));
        Assert.Equal("TypeError", await tab.TextAsync("return await window.body"));
        Assert.Contains(await tab.TextAsync("return await window.socketClosed"), (string?[])["1001 true", "1001 false", "1006 false", "1012 true"]);
        await WaitForRequestsAsync(tab, "-get", 2);
        Assert.Equal(1, Requests("-post"));
        await tab.RunAsync("giveUp.abort()");
        await AssertGoesOnAsync(tab);
    }

    /// <summary>A tab that is out of sight for long is frozen: it can neither answer nor notice that its connection has ended.</summary>
    [Fact]
    public async Task Tab_FrozenWhileTheAgentRestarts_GoesOnWhenItIsSeenAgain()
    {
        await using var tab = await fixture.OpenAsync(BrowserInstallation.Chromium);
        await tab.RunAsync("""
            window.mark = 'same page';
            window.socket = new WebSocket('/socket');
            await new Promise(resolve => { socket.onopen = resolve; });
            socket.onclose = event => { window.closeCode = event.code; };
            """);
        var page = ((ChromiumPage)tab.Page).Page;
        var devtools = await page.Context.NewCDPSessionAsync(page);
        await devtools.SendAsync("Page.setWebLifecycleState", new Dictionary<string, object> { ["state"] = "frozen" });
        await fixture.Suite.Agent.DisposeAsync();
        await fixture.Suite.StartAgentAsync();

        await devtools.SendAsync("Page.setWebLifecycleState", new Dictionary<string, object> { ["state"] = "active" });

        await tab.WaitForAsync("return window.closeCode === 1006 || window.closeCode === 1001");
        await AssertGoesOnAsync(tab);
    }

    private static async Task AssertGoesOnAsync(SiteTab tab)
    {
        Assert.Equal("200 same page", await tab.TextAsync("return (await fetch('/status/200')).status + ' ' + window.mark"));
        await tab.WaitForTabAsync("return document.getElementById('notice').hidden && document.getElementById('screen').hidden");
        await tab.ClickAsync("#next");
        await tab.WaitForTextAsync("#here", "Page 2");
        await tab.BackAsync();
        await tab.WaitForTextAsync("#here", "Page 1");
    }

    private int Requests(string suffix) => fixture.Lab.RequestLines.Count(line => line.Contains(_id + suffix, StringComparison.Ordinal));

    private async Task WaitForRequestsAsync(SiteTab tab, string suffix, int count)
    {
        var deadline = DateTime.UtcNow + SiteTab.WaitLimit;
        while (Requests(suffix) < count)
        {
            Assert.True(DateTime.UtcNow < deadline, await tab.DescribeAsync());
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }
}
