namespace PeerProxy.Tests.EndToEnd.Compatibility.Walks;

/// <summary>Other windows, and pages that do not want to be framed.</summary>
internal static class WindowWalks
{
    private const string OpenPopup = """
        window.heard = []; addEventListener('message', (event) => heard.push([event.data, event.source === window.popup, event.origin === location.origin]));
        window.popup = window.open('/popup', 'lab-popup', 'width=300,height=200');
        """;

    public static IEnumerable<Walk> All =>
    [
        new("A link to a new tab", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#blank");
            return await walker.NewTabsAsync(1, "/walk/2");
        }),
        new("A link to the top window", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#top");
            var there = await walker.ShowsAsync("Walk 2", "/walk/2");
            await walker.Tab.BackAsync();
            return new[] { there, await walker.ShowsAsync("Walk 1", "/walk/1") };
        }),
        new("window.open: the popup finds its opener, and both talk", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync(OpenPopup);
            await walker.Tab.WaitForAsync("return heard.some(([data]) => data === 'popup is ready')");
            await walker.Tab.RunAsync("popup.postMessage('ping', '*')");
            await walker.Tab.WaitForAsync("return heard.some(([data]) => data === 'pong of Popup')");
            return await walker.SeesAsync("const seen = [heard, popup.closed, popup.opener === window]; popup.close(); return seen;");
        }),
        new("window.open: document, location and variables of the popup", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync(OpenPopup);
            await walker.Tab.WaitForAsync("return heard.some(([data]) => data === 'popup is ready')");
            return await walker.SeesAsync("const seen = [popup.document.title, popup.document.getElementById('here')?.textContent, popup.location.href, popup.shared]; popup.close(); return seen;");
        }),
        new("window.open: closing and closed", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync(OpenPopup);
            await walker.Tab.WaitForAsync("return heard.some(([data]) => data === 'popup is ready')");
            await walker.Tab.RunAsync("popup.close()");
            await walker.Tab.WaitForAsync("return popup.closed");
            return await walker.NewTabsAsync(0);
        }),
        new("window.open: the popup closes itself", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync(OpenPopup);
            await walker.Tab.WaitForAsync("return heard.some(([data]) => data === 'popup is ready')");
            await walker.Tab.RunAsync("popup.postMessage('close', '*')");
            await walker.Tab.WaitForAsync("return popup.closed");
            return await walker.NewTabsAsync(0);
        }),
        new("window.open without opener", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("window.result = window.open('/walk/2', '_blank', 'noopener')");
            return new[] { await walker.SeesAsync("return window.result"), await walker.NewTabsAsync(1, "/walk/2") };
        }),
        new("A blank popup is written by its opener", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            return await walker.SeesAsync("""
                const popup = window.open('', 'written'); popup.document.write('<title>Written</title><p id=text>written</p>'); popup.document.close();
                const seen = [popup.document.getElementById('text').textContent, popup.opener === window, popup.document.cookie === document.cookie]; popup.close(); return seen;
                """);
        }),
        new("A form posted into a new tab", async walker =>
        {
            var key = Guid.NewGuid().ToString("N");
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("const form = document.getElementById('form'); form.target = '_blank'; form.action = '/record/' + arg;", key);
            await walker.Tab.ClickAsync("#post");
            await walker.NewTabsAsync(1);
            await walker.Tab.WaitForAsync("return (await (await fetch('/records/' + arg, { cache: 'no-store' })).json()).length > 0", key);
            return walker.Fixture.Site.Records[key].ToArray();
        }),
        new("A form posted to the top window", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("document.getElementById('form').target = '_top'");
            await walker.Tab.ClickAsync("#post");
            return await walker.ShowsAsync("Posted well", "/walk/posted");
        }),
        new("A script navigates the top window", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("setTimeout(() => { top.location.href = '/walk/2?top'; }, 0)");
            return await walker.ShowsAsync("Walk 2", "/walk/2?top");
        }),
        new("window.name is kept over navigations", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("window.name = 'kept'");
            await walker.Tab.ClickAsync("#next");
            await walker.ShowsAsync("Walk 2", "/walk/2");
            return await walker.SeesAsync("return window.name");
        }),
        new("Frame busters leave the page alone: location", walker => BusterAsync(walker, "location")),
        new("Frame busters leave the page alone: href", walker => BusterAsync(walker, "href")),
        new("Frame busters leave the page alone: replace", walker => BusterAsync(walker, "replace")),
        new("Frame busters leave the page alone: hidden until top", walker => BusterAsync(walker, "hidden")),
    ];

    private static async Task<object> BusterAsync(Walker walker, string kind)
    {
        await walker.Tab.OpenAsync("/walk/buster/" + kind);
        await walker.ShowsAsync("Stays", "/walk/buster/" + kind);
        // A page that busts loads again and again: a mark in its window would be gone.
        await walker.Tab.RunAsync("window.mark = 1; await new Promise((resolve) => setTimeout(resolve, 1000))");
        return await walker.SeesAsync("return [window.mark, document.getElementById('here').getBoundingClientRect().height > 0]");
    }
}
