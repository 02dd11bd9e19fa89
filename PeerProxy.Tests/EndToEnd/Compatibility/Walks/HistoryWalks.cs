namespace PeerProxy.Tests.EndToEnd.Compatibility.Walks;

/// <summary>Links, history, reload and scrolling.</summary>
internal static class HistoryWalks
{
    public static IEnumerable<Walk> All =>
    [
        new("Back and forward over links", async walker =>
        {
            var seen = new List<string>();
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#next");
            seen.Add(await walker.ShowsAsync("Walk 2", "/walk/2"));
            await walker.Tab.ClickAsync("#next");
            seen.Add(await walker.ShowsAsync("Walk 3", "/walk/3"));
            await walker.Tab.BackAsync();
            seen.Add(await walker.ShowsAsync("Walk 2", "/walk/2"));
            await walker.Tab.ForwardAsync();
            seen.Add(await walker.ShowsAsync("Walk 3", "/walk/3"));
            seen.Add(await walker.SeesAsync("return document.referrer"));
            return seen;
        }),
        new("Two steps back at once", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            foreach (var number in new[] { 2, 3 })
            {
                await walker.Tab.ClickAsync("#next");
                await walker.ShowsAsync($"Walk {number}", $"/walk/{number}");
            }

            await walker.Tab.RunAsync("setTimeout(() => history.go(-2), 0)");
            return await walker.ShowsAsync("Walk 1", "/walk/1");
        }),
        new("pushState, back, forward: state and popstate", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("""
                window.states = []; addEventListener('popstate', (event) => states.push(event.state));
                for (const step of [1, 2, 3]) { history.pushState({ step }, '', '/walk/1/step' + step); }
                """);
            await walker.Tab.WaitForAddressAsync("/walk/1/step3");
            await walker.Tab.BackAsync();
            await walker.Tab.WaitForAddressAsync("/walk/1/step2");
            await walker.Tab.BackAsync();
            await walker.Tab.WaitForAddressAsync("/walk/1/step1");
            await walker.Tab.ForwardAsync();
            await walker.Tab.WaitForAddressAsync("/walk/1/step2");
            return await walker.SeesAsync("return [states, history.state, location.pathname]");
        }),
        new("Reload keeps address, state and history", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#next");
            await walker.ShowsAsync("Walk 2", "/walk/2");
            await walker.Tab.RunAsync("history.replaceState({ kept: 'yes' }, '', '/walk/2?kept')");
            await walker.Tab.WaitForAddressAsync("/walk/2?kept");
            await walker.Tab.ReloadAsync();
            var after = await walker.ShowsAsync("Walk 2", "/walk/2?kept");
            var state = await walker.SeesAsync("return history.state");
            await walker.Tab.BackAsync();
            return new[] { after, state, await walker.ShowsAsync("Walk 1", "/walk/1") };
        }),
        new("Reload, then back over three pages and forward again", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            foreach (var number in new[] { 2, 3 })
            {
                await walker.Tab.ClickAsync("#next");
                await walker.ShowsAsync($"Walk {number}", $"/walk/{number}");
            }

            await walker.Tab.ReloadAsync();
            await walker.ShowsAsync("Walk 3", "/walk/3");
            await walker.Tab.BackAsync();
            await walker.ShowsAsync("Walk 2", "/walk/2");
            await walker.Tab.BackAsync();
            await walker.ShowsAsync("Walk 1", "/walk/1");
            await walker.Tab.ForwardAsync();
            return await walker.ShowsAsync("Walk 2", "/walk/2");
        }),
        new("location.reload of the page", async walker =>
        {
            await walker.OpenAsync("/walk/1?q", "Walk 1");
            var served = await walker.Tab.TextAsync("return document.getElementById('served').textContent");
            await walker.Tab.RunAsync("setTimeout(() => location.reload(), 0)");
            await walker.Tab.WaitForAsync("return document.getElementById('served')?.textContent !== arg && document.readyState === 'complete'", served);
            return await walker.ShowsAsync("Walk 1", "/walk/1?q");
        }),
        new("location.assign, replace and href", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.RunAsync("setTimeout(() => location.assign('/walk/2'), 0)");
            await walker.ShowsAsync("Walk 2", "/walk/2");
            await walker.Tab.RunAsync("setTimeout(() => location.replace('/walk/3'), 0)");
            await walker.ShowsAsync("Walk 3", "/walk/3");
            await walker.Tab.RunAsync("setTimeout(() => { location.href = '4'; }, 0)");
            await walker.ShowsAsync("Walk 4", "/walk/4");
            await walker.Tab.BackAsync();
            await walker.ShowsAsync("Walk 3", "/walk/3");
            await walker.Tab.BackAsync();
            return await walker.ShowsAsync("Walk 1", "/walk/1");
        }),
        new("A posted form, back, and forward", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#post");
            var posted = await walker.ShowsAsync("Posted well", "/walk/posted");
            await walker.Tab.BackAsync();
            return new[] { posted, await walker.ShowsAsync("Walk 1", "/walk/1") };
        }),
        new("A form with GET", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#search");
            return await walker.ShowsAsync("Walk 2", "/walk/2?q=a+b%26c");
        }),
        new("An absolute link to the target stays in the site", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#absolute");
            return await walker.ShowsAsync("Walk 2", "/walk/2?by=absolute");
        }),
        new("A redirect to the target's absolute address stays in the site", async walker =>
        {
            await walker.Tab.OpenAsync("/walk/redirect-absolute");
            return await walker.ShowsAsync("Walk 4", "/walk/4?by=absolute");
        }),
        new("Refresh by header and by meta tag", async walker =>
        {
            await walker.Tab.OpenAsync("/walk/refresh");
            var first = await walker.ShowsAsync("Walk 3", "/walk/3?by=refresh");
            await walker.Tab.OpenAsync("/walk/meta-refresh");
            return new[] { first, await walker.ShowsAsync("Walk 3", "/walk/3?by=meta") };
        }),
        new("Scroll position comes back with the back button", async walker =>
        {
            await walker.Tab.OpenAsync("/walk/tall");
            await walker.Tab.RunAsync("scrollTo(0, 2000)");
            await walker.Tab.WaitForAsync("return scrollY === 2000");
            await walker.Tab.RunAsync("document.getElementById('away').click()");
            await walker.ShowsAsync("Walk 2", "/walk/2");
            await walker.Tab.BackAsync();
            await walker.Tab.WaitForAddressAsync("/walk/tall");
            await walker.Tab.WaitForAsync("return scrollY === 2000");
            return "restored";
        }),
        new("Scroll position survives reload", async walker =>
        {
            await walker.Tab.OpenAsync("/walk/tall");
            await walker.Tab.RunAsync("scrollTo(0, 1500)");
            await walker.Tab.WaitForAsync("return scrollY === 1500");
            await walker.Tab.ReloadAsync();
            await walker.Tab.WaitForAsync("return scrollY === 1500");
            return "restored";
        }),
        new("A hash scrolls, and the back button scrolls back", async walker =>
        {
            await walker.Tab.OpenAsync("/walk/tall#bottom");
            await walker.Tab.WaitForAsync("return scrollY > 1000");
            await walker.Tab.RunAsync("location.hash = 'away'");
            await walker.Tab.WaitForAsync("return scrollY < 100");
            await walker.Tab.WaitForAddressAsync("/walk/tall#away");
            await walker.Tab.BackAsync();
            await walker.Tab.WaitForAsync("return scrollY > 1000");
            await walker.Tab.WaitForAddressAsync("/walk/tall#bottom");
            return "scrolled";
        }),
        new("The Navigation API lists the site's entries", async walker =>
        {
            await walker.OpenAsync("/walk/1", "Walk 1");
            await walker.Tab.ClickAsync("#next");
            await walker.ShowsAsync("Walk 2", "/walk/2");
            return await walker.SeesAsync("return 'navigation' in window ? [navigation.entries().map((entry) => new URL(entry.url).pathname), navigation.currentEntry.index, navigation.canGoBack, navigation.canGoForward] : 'none'");
        }) { NeedsOwnTab = true },
    ];
}
