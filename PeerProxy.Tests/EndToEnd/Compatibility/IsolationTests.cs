using System.Text.Json;
using PeerProxy.Tests.EndToEnd.Compatibility.Site;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>Sites of two agents in one browser, and a page that hunts for cookies it must not see.</summary>
[Collection(CompatibilityCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class IsolationTests(CompatibilityFixture fixture)
{
    public static TheoryData<string> Browsers { get; } = new() { BrowserInstallation.Chromium, BrowserInstallation.Firefox };

    private const string Leave = """
        await fetch('/cookies/set/?c=' + encodeURIComponent('site-visible=of-one; Path=/; Max-Age=1000') + '&c=' + encodeURIComponent('site-hidden=of-one; Path=/; HttpOnly; Max-Age=1000'));
        localStorage.trace = 'of-one'; sessionStorage.trace = 'of-one';
        await (await caches.open('trace')).put('/trace', new Response('of-one'));
        await new Promise((resolve) => { const open = indexedDB.open('trace', 1); open.onsuccess = () => { open.result.close(); resolve(); }; });
        window.worker = new SharedWorker('/pages/shared-worker.js', 'trace');
        const count = await new Promise((resolve) => { worker.port.onmessage = (event) => resolve(event.data.count); worker.port.postMessage('x'); });
        return { cookie: document.cookie, sent: await (await fetch('/cookies/sent/')).text(), count, origin: location.origin };
        """;

    private const string Look = """
        const worker = new SharedWorker('/pages/shared-worker.js', 'trace');
        const count = await new Promise((resolve) => { worker.port.onmessage = (event) => resolve(event.data.count); worker.port.postMessage('x'); });
        const foreign = async (run) => { try { return String(await run()); } catch (error) { return error.name; } };
        const frame = document.createElement('iframe'); frame.src = arg + '/account'; const loaded = new Promise((resolve) => { frame.onload = resolve; }); document.body.append(frame); await loaded;
        return {
          cookie: document.cookie, sent: await (await fetch('/cookies/sent/')).text(), count,
          local: localStorage.trace ?? null, session: sessionStorage.trace ?? null, caches: await caches.keys(), cached: (await caches.match('/trace')) ?? null,
          databases: (await indexedDB.databases()).map((database) => database.name),
          fetched: await foreign(async () => (await fetch(arg + '/account')).status), opaque: await foreign(async () => (await (await fetch(arg + '/account', { mode: 'no-cors' })).text()).length),
          framed: await foreign(() => frame.contentDocument === null ? 'closed' : 'open'),
        };
        """;

    [Theory]
    [MemberData(nameof(Browsers))]
    public async Task TwoAgents_InOneBrowser_CannotSeeEachOther(string browser)
    {
        await using var secondSite = await CompatibilitySite.StartAsync();
        await using var second = await ExtraAgent.StartAsync(fixture.Suite, secondSite.Url.GetLeftPart(UriPartial.Authority));
        await using var first = await fixture.NewTabAsync(browser, Route.Proxied);
        await first.OpenAsync("/frame");
        var left = await first.RunAsync(Leave);
        Assert.Equal("site-visible=of-one", left.GetProperty("cookie").GetString());
        Assert.Contains("site-hidden=of-one", left.GetProperty("sent").GetString(), StringComparison.Ordinal);

        // The same page of the same profile now shows the other agent's site.
        var other = new SiteTab(first.Page, Route.Proxied, second.Link);
        await other.OpenAsync("/frame");
        var seen = await other.RunAsync(Look, left.GetProperty("origin").GetString());

        Assert.Equal("", seen.GetProperty("cookie").GetString());
        Assert.Equal("", seen.GetProperty("sent").GetString());
        Assert.Equal(1, seen.GetProperty("count").GetInt32());
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("local").ValueKind);
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("session").ValueKind);
        Assert.Equal(0, seen.GetProperty("caches").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("cached").ValueKind);
        Assert.Equal(0, seen.GetProperty("databases").GetArrayLength());
        Assert.Equal("TypeError", seen.GetProperty("fetched").GetString());
        Assert.Equal("closed", seen.GetProperty("framed").GetString());

        await first.OpenAsync("/frame");
        Assert.Equal("site-visible=of-one", await first.TextAsync("return document.cookie"));
        Assert.Contains("site-hidden=of-one", await first.TextAsync("return (await fetch('/cookies/sent/')).text()"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Browsers))]
    public async Task TwoVisitors_OfOneAgent_ShareNoCookies(string browser)
    {
        await using var first = await fixture.NewTabAsync(browser, Route.Proxied);
        await using var second = await fixture.NewTabAsync(browser, Route.Proxied);
        await Task.WhenAll(first.OpenAsync("/frame"), second.OpenAsync("/frame"));
        await first.RunAsync("await fetch('/cookies/set/?c=' + encodeURIComponent('owner=first; Path=/; HttpOnly')); document.cookie = 'seen=first; path=/'; await fetch('/cookies/sent/');");

        Assert.Equal("owner=first; seen=first", await first.TextAsync("return (await fetch('/cookies/sent/')).text()"));
        Assert.Equal("", await second.TextAsync("return await (await fetch('/cookies/sent/')).text() + document.cookie"));
    }

    /// <summary>Everything a script of the site can reach: its own APIs, the shell above it, storage of both, and every message between them.</summary>
    [Theory]
    [MemberData(nameof(Browsers))]
    public async Task HttpOnlyCookie_IsNowhereAScriptCanLook(string browser)
    {
        await using var tab = await fixture.NewTabAsync(browser, Route.Proxied);
        await tab.OpenAsync("/frame");
        var key = Guid.NewGuid().ToString("N");

        var found = await tab.RunAsync("""
            const script = document.createElement('script'); script.src = '/pages/secret-hunt.js';
            await new Promise((resolve) => { script.onload = resolve; document.head.append(script); });
            return hunt(arg.key, arg.secret);
            """, new { key, secret = SiteCookies.SecretOf(key) });

        // The hunt is worth something only if it would have caught the cookie that is not HttpOnly.
        Assert.True(found.GetProperty("bait").GetBoolean(), found.ToString());
        Assert.True(found.GetProperty("texts").GetInt32() > 20, found.ToString());
        Assert.True(found.GetProperty("sentToTarget").GetBoolean(), found.ToString());
        Assert.Equal("[]", found.GetProperty("places").GetRawText());
    }
}
