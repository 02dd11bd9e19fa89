using System.Text.Json;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>What a page gets through service worker, tunnel worker and data channels, from an agent that does as it is told.</summary>
[Trait("Category", "EndToEnd")]
[Collection(ClientCollection.Name)]
public sealed class TunnelTests(ClientBrowsers browsers)
{
    /// <summary>One browser, one visit, many requests: starting a browser costs more than all of them.</summary>
    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Requests_OverTheTunnel_BehaveAsFetchSays(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("tunnel-tests");
        var visitor = await stage.VisitAsync(agent, "/?first=1");

        Assert.Equal("hello", await Text("return await (await fetch('/hello')).text()"));
        Assert.Equal(204, (await visitor.InSiteAsync("return (await fetch('/no-content')).status")).GetInt32());
        Assert.Equal(404, (await visitor.InSiteAsync("return (await fetch('/nowhere')).status")).GetInt32());
        Assert.Equal("hello true", await Text("const r = await fetch('/redirect'); return (await r.text()) + ' ' + r.redirected"));
        Assert.StartsWith("<!doctype html>", await Text("return await (await fetch('/gzip')).text()"), StringComparison.Ordinal);

        var head = await visitor.InSiteAsync("return Object.fromEntries(await (await fetch('/echo-head?a=b', { headers: { 'x-own': '1' } })).json())");
        Assert.Equal("/echo-head?a=b", head.GetProperty(":path").GetString());
        Assert.Equal("1", head.GetProperty("x-own").GetString());
        Assert.Equal("empty", head.GetProperty("pp-destination").GetString());
        Assert.EndsWith("/?first=1", head.GetProperty("pp-referrer").GetString(), StringComparison.Ordinal);

        Assert.Equal("20000000 ok", await Text("""
            const bytes = new Uint8Array(await (await fetch('/bytes?n=20000000')).arrayBuffer());
            return bytes.length + ' ' + (bytes.every((value, index) => value === index * 31 % 251) ? 'ok' : 'wrong');
            """));
        Assert.Equal("20", await Text("""
            const sizes = await Promise.all(Array.from({ length: 20 }, (_, i) => fetch('/bytes?n=' + (90000 + i)).then(r => r.arrayBuffer()).then(b => b.byteLength === 90000 + i)));
            return String(sizes.filter(Boolean).length);
            """));

        var upload = await visitor.InSiteAsync("""
            const body = new Uint8Array(5_000_000).map((_, index) => index % 249);
            const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
            const seen = await (await fetch('/upload', { method: 'POST', body })).json();
            return { ...seen, isSame: seen.hash === Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('') };
            """);
        Assert.True(upload.GetProperty("isSame").GetBoolean());
        Assert.Equal("5000000", upload.GetProperty("length").GetString());

        async Task<string?> Text(string script) => (await visitor.InSiteAsync(script)).GetString();
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Bodies_ThatBreakOff_AreErrorsAndAbortsReachTheAgent(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("broken-bodies");
        var visitor = await stage.VisitAsync(agent);

        foreach (var path in new[] { "/short", "/dies" })
        {
            var outcome = await visitor.InSiteAsync($"try {{ return 'complete: ' + await (await fetch('{path}')).text(); }} catch {{ return 'error'; }}");
            Assert.Equal("error", outcome.GetString());
        }

        await visitor.InSiteAsync("""
            const abort = new AbortController();
            const reader = (await fetch('/never', { signal: abort.signal })).body.getReader();
            await reader.read();
            abort.abort();
            """);
        await agent.UntilAsync("return seen.aborted === 1", "the abort at the agent");

        // Nothing more is written, so that no browser learns of it by the way.
        await visitor.InSiteAsync("const response = await fetch('/never'); await response.body.cancel();");
        await agent.UntilAsync("return seen.aborted === 2", "the cancelled body");
        await visitor.InSiteAsync("await new Promise(resolve => { const source = new EventSource('/quiet-events'); source.onmessage = () => { source.close(); resolve(); }; });");
        await agent.UntilAsync("return seen.aborted === 3", "the closed event source");
        await visitor.InSiteAsync("await new Promise(resolve => { const xhr = new XMLHttpRequest(); xhr.open('GET', '/quiet-events'); xhr.onreadystatechange = () => { if (xhr.readyState === 2) { setTimeout(() => { xhr.abort(); resolve(); }, 0); } }; xhr.send(); });");
        await agent.UntilAsync("return seen.aborted === 4", "the aborted XMLHttpRequest");
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task SlowReader_StopsTheAgentWithinItsWindow(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("slow-reader");
        var visitor = await stage.VisitAsync(agent);

        await visitor.InSiteAsync("window.reader = (await fetch('/bytes?n=100000000')).body.getReader(); await reader.read();");
        // It runs ahead by the stream's window, 8 MiB at most, and by what a metered reader may be behind, 1 MiB; then it stands still.
        await agent.UntilAsync("const before = seen.written; await new Promise(resolve => setTimeout(resolve, 2000)); return before > 0 && seen.written === before", "the agent to stop");
        var written = await agent.RunAsync("return seen.written");
        Assert.InRange(written.GetInt64(), 1, 10 << 20);

        var total = await visitor.InSiteAsync("let total = 65536; for (let n = await reader.read(); !n.done && total < 30_000_000; n = await reader.read()) total += n.value.length; await reader.cancel(); return total");
        Assert.True(total.GetInt64() >= 30_000_000);
        await agent.UntilAsync("return seen.aborted === 1", "the cancellation at the agent");

        // Read to its end after a pause: the reports of the reader must count to the last byte.
        var rest = await visitor.InSiteAsync("const r = (await fetch('/bytes?n=3000000')).body.getReader(); await r.read(); await new Promise(resolve => setTimeout(resolve, 1000)); let total = 0; for (let n = await r.read(); !n.done; n = await r.read()) total += n.value.length; return total");
        Assert.InRange(rest.GetInt64(), 2_000_000, 3_000_000);
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Runtime_SocketsEventsAndCookies_BehaveAsTheBrowsersOwn(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("runtime-tests");
        var visitor = await stage.VisitAsync(agent);

        var socket = await visitor.InSiteAsync("""
            const socket = new WebSocket('/socket', ['first', 'second']);
            socket.binaryType = 'arraybuffer';
            const log = [socket.readyState, socket instanceof WebSocket];
            return await new Promise(resolve => {
              socket.onopen = () => { log.push(socket.protocol); socket.send('grüße'); socket.send(new Uint8Array(200_000).fill(7)); socket.send(new Blob(['blob'])); };
              socket.onmessage = event => {
                log.push(typeof event.data === 'string' ? event.data : event.data.byteLength);
                if (log.length === 6) { socket.close(3001, 'bye'); }
              };
              socket.onclose = event => resolve([...log, event.code, event.reason, event.wasClean, socket.bufferedAmount]);
            });
            """);
        Assert.Equal("""[0,true,"first","grüße",200000,4,3001,"bye",true,0]""", Compact(socket));

        var events = await visitor.InSiteAsync("""
            const source = new EventSource('/events');
            const seen = [];
            return await new Promise(resolve => { source.onmessage = event => { seen.push(event.data); if (seen.length === 3) { source.close(); resolve(seen); } }; });
            """);
        Assert.Equal("""["after 0","after 1","after 2"]""", Compact(events));

        var cookies = await visitor.InSiteAsync("""
            await fetch('/cookies');
            document.cookie = 'mine=2';
            document.cookie = 'hidden=3; httponly';
            const sent = (await (await fetch('/echo-head')).json()).filter(([name]) => name === 'pp-document-cookie').map(([, value]) => value);
            return [document.cookie, sent, (await fetch('/echo-head').then(r => r.json())).some(([name]) => name === 'pp-document-cookie')];
            """);
        Assert.Equal("""["visible=1; mine=2",["mine=2; path=/"],false]""", Compact(cookies));

        var registrations = await visitor.InSiteAsync(
            "return [(await navigator.serviceWorker.getRegistrations()).length, await navigator.serviceWorker.register('/x.js').catch(error => error.name), window.parent === window, window.frameElement]");
        Assert.Equal("""[0,"TypeError",true,null]""", Compact(registrations));
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Documents_WithPolicies_GetTheRuntimeAndAreShown(string browser)
    {
        await using var stage = await ClientStage.StartAsync(browsers, browser);
        var agent = await stage.StartAgentAsync("policy-tests");
        var visitor = await stage.VisitAsync(agent);

        foreach (var (path, title) in new[] { ("/policy", "Policy"), ("/strict", "Strict"), ("/gzip", "Packed"), ("/second?x=1#part", "Second") })
        {
            await visitor.Page.RunAsync(Visitor.FrameScript($"frame.location.href = '{path}'"));
            await visitor.UntilAsync($"return document.title === '{title}' && location.pathname + location.search + location.hash === '{path}'", $"the page {path}");
            await visitor.UntilAsync("return frame.document.readyState === 'complete'", "its end");
            await visitor.UntilAsync("return String(frame.WebSocket).includes('TunnelSocket')", "the runtime");
        }

        await visitor.Page.RunAsync("history.back()");
        await visitor.UntilAsync("return location.pathname === '/gzip' && document.title === 'Packed'", "the page before");
        await visitor.Page.RunAsync(Visitor.FrameScript("frame.location.href = '/refused'"));
        await visitor.UntilAsync("return frame.document.title === 'The app is not running'", "our page in place of the site's");
    }

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element, new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
