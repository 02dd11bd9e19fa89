namespace PeerProxy.Tests.EndToEnd.Compatibility.Walks;

/// <summary>Logging in, downloads, what the tab shows of the site.</summary>
internal static class VisitWalks
{
    public static IEnumerable<Walk> All =>
    [
        new("Logging in and out, over reloads", async walker =>
        {
            await walker.Tab.OpenAsync("/log-in");
            await walker.Tab.FillAsync("input[name=user]", "ada");
            await walker.Tab.ClickAsync("#log-in");
            await walker.Tab.WaitForAddressAsync("/account");
            await walker.Tab.WaitForTextAsync("#user", "ada");
            await walker.Tab.ReloadAsync();
            await walker.Tab.WaitForTextAsync("#user", "ada");
            var cookie = await walker.SeesAsync("return document.cookie");
            await walker.Tab.ClickAsync("#log-out");
            await walker.Tab.WaitForTextAsync("#user", "nobody");
            return cookie;
        }),
        new("A cookie of a script goes along with a posted login, its redirect, and what comes after", async walker =>
        {
            await walker.Tab.OpenAsync("/log-in");
            await walker.Tab.FillAsync("input[name=user]", "mary");
            await walker.Tab.RunAsync("document.cookie = 'of-script=1; path=/'; document.getElementById('log-in').click()");
            await walker.Tab.WaitForTextAsync("#user", "mary");
            return await walker.SeesAsync("""
                const names = (text) => text.split('; ').map((pair) => pair.split('=')[0]).sort();
                document.cookie = 'of-page=2; path=/';
                return [document.getElementById('cookies').textContent, names(document.cookie), /post-saw=([^;]*)/.exec(document.cookie)[1], names(await (await fetch('/cookies/sent/')).text())];
                """);
        }),
        new("A login holds in a second tab", async walker =>
        {
            await walker.Tab.OpenAsync("/log-in");
            await walker.Tab.FillAsync("input[name=user]", "grace");
            await walker.Tab.ClickAsync("#log-in");
            await walker.Tab.WaitForTextAsync("#user", "grace");
            await walker.Tab.RunAsync("""
                window.seen = undefined; addEventListener('message', (event) => { seen = event.data; });
                window.second = window.open('/with-fields/?type=text/html&body=' + encodeURIComponent("<script>fetch('/account').then((r) => r.text()).then((t) => opener.postMessage(/id=\"user\">(\\w+)/.exec(t)[1], '*'))</" + 'script>'));
                """);
            await walker.Tab.WaitForAsync("return window.seen !== undefined");
            return await walker.SeesAsync("second.close(); return window.seen");
        }),
        new("Title, icon and theme colour reach the tab", async walker =>
        {
            await walker.Tab.OpenAsync("/theme");
            await walker.Tab.WaitForTitleAsync("Theme");
            await walker.Tab.WaitForTabAsync("""return document.querySelector('meta[name="theme-color"]')?.content === '#123456' && document.querySelector('link[rel="icon"]').href.endsWith('/image.svg?icon')""");
            await walker.Tab.RunAsync("document.title = 'Changed ü'; document.querySelector('link[rel=icon]').href = '/image.svg?new'");
            await walker.Tab.WaitForTitleAsync("Changed ü");
            await walker.Tab.WaitForTabAsync("""return document.querySelector('link[rel="icon"]').href.endsWith('/image.svg?new')""");
            return "followed";
        }),
        new("A link to an attachment is downloaded, and the page stays", walker => DownloadAsync(walker, "attachment", "?name=report.bin")),
        new("A link with download is downloaded, and the page stays", walker => DownloadAsync(walker, "download", "")),
        new("A click gives the page user activation", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("document.getElementById('here').addEventListener('click', () => { window.active = navigator.userActivation.isActive; })");
            await walker.Tab.ClickAsync("#here");
            await walker.Tab.WaitForAsync("return window.active !== undefined");
            return await walker.SeesAsync("return window.active");
        }),
        new("Fullscreen of an element after a click", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("document.getElementById('here').addEventListener('click', (event) => { event.target.requestFullscreen().then(() => { window.full = document.fullscreenElement?.id; return document.exitFullscreen(); }).catch((error) => { window.full = error.name; }); })");
            await walker.Tab.ClickAsync("#here");
            await walker.Tab.WaitForAsync("return window.full !== undefined");
            return await walker.SeesAsync("return window.full");
        }),
        new("beforeunload of the page is heard when it leaves", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("sessionStorage.removeItem('left'); for (const type of ['beforeunload', 'pagehide']) { addEventListener(type, () => { sessionStorage.left = (sessionStorage.left ?? '') + type + ' '; }); }");
            await walker.Tab.ClickAsync("#next");
            await walker.ShowsAsync("Walk 2", "/walk/2");
            return await walker.SeesAsync("return sessionStorage.left");
        }),
    ];

    private static async Task<object> DownloadAsync(Walker walker, string link, string query)
    {
        var key = Guid.NewGuid().ToString("N");
        await walker.OpenAsync("/walk/1", "Walk 1");
        await walker.Tab.RunAsync("document.getElementById(arg.link).href = arg.address", new { link, address = $"/download/{key}{query}" });
        await walker.Tab.ClickAsync("#" + link);
        await walker.Tab.WaitForAsync("return (await (await fetch('/records/' + arg, { cache: 'no-store' })).json()).length > 0", key);
        return new object[] { walker.Fixture.Site.Records[key].ToArray(), await walker.ShowsAsync("Walk 1", "/walk/1") };
    }
}
