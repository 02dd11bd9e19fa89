using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>What a person sees when there is no connection, and how it comes back.</summary>
[Trait("Category", "EndToEnd")]
[Collection(ClientCollection.Name)]
public sealed class ShellStateTests(ClientBrowsers browsers)
{
    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Name_NobodyHas_IsSaid_AndThePageOpensWhenAnAgentTakesIt(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var visitor = new Visitor(await stage.NewPageAsync());
        await visitor.Page.GotoAsync(stage.Url("later-today", "/second"));
        await visitor.UntilScreenAsync("There is no site with this name");

        await stage.StartAgentAsync("later-today");
        await visitor.UntilAsync("return document.title === 'Second' && document.getElementById('screen').hidden", "the site");
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Answer_OfAnotherKeyThanTheLinks_IsRefused(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        await stage.StartAgentAsync("wrong-key");
        var visitor = new Visitor(await stage.NewPageAsync());
        await visitor.Page.GotoAsync(stage.Url("wrong-key", "/#k=" + new string('A', 43)));
        await visitor.UntilScreenAsync("This is not the machine you wanted");
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Answer_WithASwappedFingerprint_IsRefused(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("swapped");
        await agent.RunAsync("agent.tamper = statement => statement.replace(/[0-9A-F]{2}$/, '00')");
        var visitor = new Visitor(await stage.NewPageAsync());
        await visitor.Page.GotoAsync(stage.Url("swapped", "/"));
        await visitor.UntilScreenAsync("This is not the machine you wanted");
        Assert.Equal(0, (await agent.RunAsync("return [...agent.sessions].filter(session => session.streams.size > 0).length")).GetInt32());
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Shell_OfALaterVisit_NeedsNoEdge(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("kept-shell");
        var visitor = await stage.VisitAsync(agent);
        await ClientStage.UntilAsync(
            visitor.Page,
            "const name = (await caches.keys()).find(key => key.startsWith('peerproxy-client-')); return name !== undefined && await (await caches.open(name)).match('/.peerproxy/manifest.json') !== undefined",
            "the release to be kept");

        await stage.StopEdgeAsync();
        // Not awaited: the load event waits for the frame, and the frame for a connection.
        // A reload, since going elsewhere in the top window moves the site's frame and leaves the shell as it is.
        await visitor.Page.RunAsync("setTimeout(() => { history.replaceState(null, '', arg); location.reload(); }, 0)", stage.Url("kept-shell", "/second"));

        await visitor.UntilScreenAsync("The meeting point cannot be reached");
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Files_ThatDoNotArrive_AreAskedForAgain_AndThePageSaysSo(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var visitor = new Visitor(await stage.NewPageAsync());
        stage.Break("/.peerproxy/");
        await visitor.Page.GotoAsync(stage.Url("nobody-here", "/deep?q=1#k=" + new string('A', 43)));
        await visitor.UntilAsync("return document.getElementById('not-loaded').hidden === false && document.getElementById('not-loaded-next').textContent.includes('we keep trying')", "word of the files");
        stage.Break(null);
        await visitor.UntilScreenAsync("There is no site with this name");
        Assert.EndsWith("/deep?q=1", (await visitor.Page.RunAsync("return location.pathname + location.search")).GetString(), StringComparison.Ordinal);

        // One file that never comes while the rest does: the page does not load itself for ever.
        var second = new Visitor(await stage.NewPageAsync());
        stage.Break("/.peerproxy/worker/main.js");
        await second.Page.GotoAsync(stage.Url("nobody-there", "/"));
        await second.UntilAsync("return document.getElementById('not-loaded').hidden === false && document.getElementById('not-loaded-next').textContent.includes('has not helped')", "the end of the attempts");
        stage.Break(null);
        await second.Page.ClickAsync("#not-loaded-retry", inFrame: false);
        await second.UntilScreenAsync("There is no site with this name");
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Connection_ThatIsLost_ComesBackWithoutAReload(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("comes-back");
        var visitor = await stage.VisitAsync(agent);
        await visitor.InSiteAsync("window.mark = 'same page'; window.socket = new WebSocket('/socket'); await new Promise(resolve => { socket.onopen = resolve; socket.onclose = event => { window.closeCode = event.code; }; });");

        // Whatever carries the cookie has no answer when the connection goes down: the tab's icon may be it.
        await agent.RunAsync("agent.isMute = true");
        await visitor.InSiteAsync("document.cookie = 'kept=1'; fetch('/crash', { method: 'POST', body: 'x' }).catch(() => {});");
        await visitor.UntilAsync("return frame.closeCode === 1006", "the socket's end");

        await agent.RunAsync("agent.isMute = false");
        var text = await visitor.InSiteAsync("return await (await fetch('/hello')).text() + ', ' + window.mark");
        Assert.Equal("hello, same page", text.GetString());
        var again = await agent.RunAsync("return seen.requests.slice(seen.requests.findIndex(each => each.path === '/crash') + 1).flatMap(each => each.cookies)");
        Assert.Equal("""["kept=1; path=/"]""", again.GetRawText());
        await visitor.UntilAsync("return document.getElementById('notice').hidden && document.getElementById('screen').hidden", "a quiet shell");
    }
}
