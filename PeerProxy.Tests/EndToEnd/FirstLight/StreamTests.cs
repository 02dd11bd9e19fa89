using System.Diagnostics;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Streaming: chunks in time, aborts, slow readers, targets that die.</summary>
[Collection(FirstLightCollection.Name)]
public sealed class StreamTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    /// <summary>What the product promises between the abort in the page and the close at the target.</summary>
    private static readonly TimeSpan _abortPromise = TimeSpan.FromSeconds(1);

    /// <summary>The target may send the next chunk only after the page has shown the one before: buffering anywhere would hang the test.</summary>
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Chunks_OfASlowResponse_ArriveAsSent(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        Lab.Feed(Id, "chunk 0");
        await tab.RunAsync("window.reader = (await fetch(arg)).body.pipeThrough(new TextDecoderStream()).getReader()", $"/fed?id={Id}");

        for (var i = 0; i < 10; i++)
        {
            if (i > 0)
            {
                Lab.Feed(Id, $"chunk {i}");
            }

            Assert.Equal($"chunk {i}", await tab.TextAsync("return (await window.reader.read()).value").WaitAsync(SiteTab.WaitLimit));
        }

        Lab.EndFeed(Id);
        Assert.True((await tab.RunAsync("return (await window.reader.read()).done").WaitAsync(SiteTab.WaitLimit)).GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task ServerSentEvents_ArriveAsSent(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await tab.RunAsync("""
            window.events = [];
            window.source = new EventSource(arg);
            source.onmessage = (e) => events.push(e.lastEventId + ':' + e.data);
            """, $"/events?id={Id}");

        for (var i = 1; i <= 3; i++)
        {
            Lab.Feed(Id, $"event {i}");
            await tab.WaitForAsync("return window.events.at(-1) === arg", $"{i}:event {i}");
        }

        await tab.RunAsync("source.close()");
        await Lab.Request(Id).Aborted.WaitAsync(SiteTab.WaitLimit);
    }

    /// <summary>A page is parsed and shown while the target still writes it.</summary>
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Page_ThatIsWrittenSlowly_IsShownAsItArrives(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await tab.RunAsync("setTimeout(() => { location.href = arg; }, 0)", $"/fed?id={Id}&type=text/html;charset=utf-8");

        Lab.Feed(Id, "<!doctype html><title>slow</title><p id=one>one</p>");
        await tab.WaitForElementAsync("#one");
        Lab.Feed(Id, "<p id=two>two</p>");
        await tab.WaitForElementAsync("#two");
        Lab.EndFeed(Id);
        await tab.WaitForAsync("return document.readyState === 'complete' && document.title === 'slow'");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task AbortedFetch_WhileTheBodyFlows_ClosesTheTargetsConnection(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await AssertAbortReachesTargetAsync(tab, "/endless?id=", """
            window.controller = new AbortController();
            const response = await fetch(arg, { signal: controller.signal });
            await response.body.getReader().read();
            """, "controller.abort()");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task AbortedFetch_WhileTheBodyIsSilent_ClosesTheTargetsConnection(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await AssertAbortReachesTargetAsync(tab, "/hang?head=true&id=", """
            window.controller = new AbortController();
            await fetch(arg, { signal: controller.signal });
            """, "controller.abort()");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task AbortedFetch_BeforeTheHead_ClosesTheTargetsConnection(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await AssertAbortReachesTargetAsync(tab, "/hang?id=", """
            window.controller = new AbortController();
            window.outcome = fetch(arg, { signal: controller.signal }).then(() => 'answered', (e) => e.name);
            """, "controller.abort()");
        Assert.Equal("AbortError", await tab.TextAsync("return window.outcome"));
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task AbortedXhr_BeforeTheHead_ClosesTheTargetsConnection(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await AssertAbortReachesTargetAsync(tab, "/hang?id=", """
            window.xhr = new XMLHttpRequest();
            xhr.open('GET', arg);
            xhr.send();
            """, "xhr.abort()");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task LeavingThePage_WithAnUnansweredRequest_ClosesTheTargetsConnection(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await tab.RunAsync("fetch(arg).catch(() => {})", $"/hang?id={Id}");
        await Lab.Request(Id).Started.WaitAsync(SiteTab.WaitLimit);

        await tab.ClickAsync("#next");

        await tab.WaitForTextAsync("#here", "Page 2");
        await Lab.Request(Id).Aborted.WaitAsync(SiteTab.WaitLimit);
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task LeavingThePage_ClosesTheTargetsConnection(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        await tab.RunAsync("window.reader = (await fetch(arg)).body.getReader(); await reader.read()", $"/endless?id={Id}");

        await tab.ClickAsync("#next");

        await tab.WaitForTextAsync("#here", "Page 2");
        await Lab.Request(Id).Aborted.WaitAsync(SiteTab.WaitLimit);
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task ClosingTheTab_ClosesTheTargetsConnection(string browser, Route route)
    {
        var tab = await Fixture.NewVisitorAsync(browser, route);
        await tab.OpenAsync("/pages/1");
        await tab.RunAsync("window.reader = (await fetch(arg)).body.getReader(); await reader.read()", $"/endless?id={Id}");

        await tab.DisposeAsync();

        await Lab.Request(Id).Aborted.WaitAsync(SiteTab.WaitLimit);
    }

    [Theory]
    [InlineData("length", "reset")]
    [InlineData("length", "close")]
    [InlineData("chunked", "reset")]
    [InlineData("chunked", "close")]
    public async Task TargetThatDiesMidBody_IsAnErrorInThePage(string framing, string ending)
    {
        foreach (var visit in Visits.All)
        {
            var (browser, route) = visit.Data;
            var tab = await OpenAsync(browser, route);

            var result = await tab.RunAsync("""
                const response = await fetch(arg);
                try { return 'body of ' + (await response.arrayBuffer()).byteLength; } catch (e) { return 'error'; }
                """, $"/dies/{framing}/{ending}/200000");

            Assert.Equal((browser, route, "error"), (browser, route, result.GetString()));
        }
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task TargetThatBreaksItsWord_IsAnErrorInThePage_AndTheNextRequestWorks(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const results = [];
            for (const path of ['/too-short', '/garbage', '/silent-close']) {
              results.push(await fetch(path).then(async (r) => r.status >= 500 ? 'error' : (await r.text(), 'text'), () => 'error').catch(() => 'error'));
            }
            return [...results, (await fetch('/status/200')).status];
            """);

        // Firefox may take a text without a status line for HTTP/0.9.
        var isFirefoxItself = (browser, route) == (TestKit.Browsers.BrowserInstallation.Firefox, Route.Direct);
        Assert.Equal("""["error","error","error",200]""", isFirefoxItself ? result.GetRawText().Replace("text", "error", StringComparison.Ordinal) : result.GetRawText());
    }

    private async Task AssertAbortReachesTargetAsync(SiteTab tab, string path, string start, string abort)
    {
        await tab.RunAsync(start, path + Id);
        await Lab.Request(Id).Started.WaitAsync(SiteTab.WaitLimit);
        var clock = Stopwatch.StartNew();
        await tab.RunAsync(abort);
        await Lab.Request(Id).Aborted.WaitAsync(SiteTab.WaitLimit);
        var elapsed = clock.Elapsed;

        Assert.True(elapsed <= _abortPromise, $"The target's connection was closed {elapsed.TotalMilliseconds:0} ms after the abort.");
    }
}
