using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Walking through a site: links, history, reload, deep links, title and address bar.</summary>
[Collection(FirstLightCollection.Name)]
public sealed class HistoryTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task LinkClicks_BackAndForward_MoveAddressTitleAndPage(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/pages/1");
        await AssertShowsAsync(tab, 1);

        await tab.ClickAsync("#next");
        await AssertShowsAsync(tab, 2);
        await tab.ClickAsync("#next");
        await AssertShowsAsync(tab, 3);
        await tab.BackAsync();
        await AssertShowsAsync(tab, 2);
        await tab.BackAsync();
        await AssertShowsAsync(tab, 1);
        await tab.ForwardAsync();
        await AssertShowsAsync(tab, 2);
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task RelativeLink_WithQueryAndHash_IsInTheAddress(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/pages/4");

        await tab.ClickAsync("#relative");

        await tab.WaitForAddressAsync("/pages/5?via=relative#part");
        await tab.WaitForTextAsync("#here", "Page 5");
        Assert.Equal("?via=relative#part", await tab.TextAsync("return location.search + location.hash"));
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Reload_ShowsTheSamePageAnew(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/pages/1");
        await tab.ClickAsync("#next");
        await AssertShowsAsync(tab, 2);
        var served = await tab.TextAsync("return document.getElementById('served').textContent");

        await tab.ReloadAsync();

        await AssertShowsAsync(tab, 2);
        Assert.NotEqual(served, await tab.TextAsync("return document.getElementById('served').textContent"));
        await tab.BackAsync();
        await AssertShowsAsync(tab, 1);
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task DeepLink_WithQueryAndHash_ReachesThePageWhole(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/deep/a/b%20c/d?x=1&y=%C3%A4&x=2#section");

        await tab.WaitForTextAsync("#here", "/deep/a/b c/d");
        await tab.WaitForTextAsync("#query", "?x=1&y=%C3%A4&x=2");
        await tab.WaitForTextAsync("#hash", "#section");
        await tab.WaitForAddressAsync("/deep/a/b%20c/d?x=1&y=%C3%A4&x=2#section");
        await tab.WaitForTitleAsync("Deep /deep/a/b c/d");
        await tab.WaitForAsync("return scrollY > 1000");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task HashLink_MovesTheAddressWithoutLoading(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/pages/7");
        await tab.RunAsync("window.sameDocument = true");

        await tab.ClickAsync("#hash");

        await tab.WaitForAddressAsync("/pages/7#part");
        Assert.True((await tab.RunAsync("return window.sameDocument === true && location.hash === '#part'")).GetBoolean());
        await tab.BackAsync();
        await tab.WaitForAddressAsync("/pages/7");
        Assert.True((await tab.RunAsync("return window.sameDocument === true")).GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task PushState_MovesAddressAndTitle_AndGoesBack(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/pages/8");

        await tab.ClickAsync("#push");

        await tab.WaitForAddressAsync("/pages/8/pushed?x=1");
        await tab.WaitForTitleAsync("Pushed 8");
        await tab.BackAsync();
        await tab.WaitForAddressAsync("/pages/8");
        await tab.WaitForTextAsync("#here", "Page 8");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Page_WithScriptsImagesAndNestedFrames_IsComplete(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/mixed");
        Assert.Equal(12, (await tab.RunAsync("return window.loaded.length")).GetInt32());
        Assert.True((await tab.RunAsync("return [...document.images].every(i => i.complete && i.naturalWidth === 16)")).GetBoolean());

        await tab.OpenAsync("/frames");

        await tab.WaitForAsync("return document.getElementById('outer').contentDocument?.getElementById('inner')?.contentDocument?.getElementById('inner-text')?.textContent === 'inner'");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task SecondVisit_InTheSameProfile_ShowsThePage(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/pages/1");

        await tab.OpenAsync("/pages/6?again");

        await AssertShowsAsync(tab, 6, "?again");
    }

    private static async Task AssertShowsAsync(SiteTab tab, int number, string query = "")
    {
        await tab.WaitForTextAsync("#here", $"Page {number}");
        await tab.WaitForAddressAsync($"/pages/{number}{query}");
        await tab.WaitForTitleAsync($"Page {number}");
    }
}
