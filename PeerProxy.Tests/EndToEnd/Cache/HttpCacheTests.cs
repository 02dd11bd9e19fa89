using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.Cache;

/// <summary>The service worker's HTTP cache beside the browser's own: the same scripts, directly and through PeerProxy, must see the same.</summary>
[Trait("Category", "EndToEnd")]
public sealed class HttpCacheTests(CacheFixture fixture) : IClassFixture<CacheFixture>
{
    /// <summary>
    /// Each line is a case: <c>made(query, init)</c> fetches the case's own resource and gives the number of the full response it came from, or what went wrong;
    /// <c>asked()</c> is how many requests for it have reached the target.
    /// </summary>
    private const string Cases = """
        const results = {};
        const run = async (name, steps) => {
          const id = arg.id + '-' + name;
          const made = async (query, init = {}) => {
            try {
              const response = await fetch('/made/' + id + '?' + query, init);
              return (response.status === 200 ? '' : response.status + ' ') + (await response.text());
            } catch { return 'error'; }
          };
          const asked = async () => 'asked ' + await (await fetch('/count?prefix=/made/' + id)).text();
          results[name] = await steps(made, asked, id).catch(error => String(error));
        };
        const twice = query => async (made, asked) => [await made(query), await made(query), await asked()];
        await run('fresh', twice('cc=max-age=600'));
        await run('no-store', twice('cc=no-store&etag=a'));
        await run('nothing', twice(''));
        await run('etag', twice('cc=no-cache&etag=a'));
        await run('modified', twice('cc=no-cache&modified=Wed, 01 Jan 2020 00:00:00 GMT'));
        await run('heuristic', twice('modified=Wed, 01 Jan 2020 00:00:00 GMT'));
        await run('gzip', twice('cc=max-age=600&gzip'));
        await run('gzip-etag', twice('cc=no-cache&etag=a&gzip'));
        await run('not-found', twice('cc=max-age=600&status=404'));
        await run('error', twice('status=500&etag=a'));
        await run('vary-star', twice('cc=max-age=600&vary=*'));
        await run('must-revalidate', twice('cc=max-age=600, must-revalidate&etag=a'));
        await run('query', async (made, asked) => [await made('cc=max-age=600&a=1'), await made('cc=max-age=600&a=2'), await asked()]);
        await run('reload', async (made, asked) => [await made('cc=max-age=600'), await made('cc=max-age=600', { cache: 'reload' }), await made('cc=max-age=600'), await asked()]);
        await run('no-cache', async (made, asked) => [await made('cc=max-age=600&etag=a'), await made('cc=max-age=600&etag=a', { cache: 'no-cache' }), await asked()]);
        await run('mode-no-store', async (made, asked) => [await made('cc=max-age=600', { cache: 'no-store' }), await made('cc=max-age=600'), await asked()]);
        await run('force-cache', async (made, asked) => [await made('cc=max-age=0&etag=a'), await made('cc=max-age=0&etag=a', { cache: 'force-cache' }), await asked()]);
        await run('only-if-cached', async made => [await made('cc=max-age=0&etag=a', { cache: 'only-if-cached', mode: 'same-origin' }), await made('cc=max-age=0&etag=a'),
          await made('cc=max-age=0&etag=a', { cache: 'only-if-cached', mode: 'same-origin' })]);
        await run('post', async made => [await made('cc=max-age=600'), await made('cc=max-age=600', { method: 'POST', body: 'x' }), await made('cc=max-age=600')]);
        await run('head', async (made, asked) => [await made('cc=max-age=600'), await made('cc=max-age=600', { method: 'HEAD' }), await made('cc=max-age=600')]);
        await run('vary', async made => [await made('cc=max-age=600&vary=x-a&echo=x-a', { headers: { 'x-a': '1' } }), await made('cc=max-age=600&vary=x-a&echo=x-a', { headers: { 'x-a': '2' } }),
          await made('cc=max-age=600&vary=x-a&echo=x-a', { headers: { 'x-a': '2' } })]);
        await run('moved', async (made, asked, id) => [await made('status=301&location=/made/' + id + 'x?cc=max-age=600'), await made('status=301&location=/made/' + id + 'x?cc=max-age=600'), await asked()]);
        await run('found', async (made, asked, id) => [await made('status=302&location=/made/' + id + 'x?cc=max-age=600'), await made('status=302&location=/made/' + id + 'x?cc=max-age=600'), await asked()]);
        await run('range', async made => [await made('cc=max-age=600&size=10'), await made('cc=max-age=600&size=10', { headers: { range: 'bytes=2-4' } })]);
        await run('cookie', async made => {
          const query = 'cc=max-age=600&cookie=fromcache%3D1;Path=/';
          const seen = [await made(query), document.cookie.includes('fromcache=1')];
          document.cookie = 'fromcache=; Max-Age=0; Path=/';
          return [...seen, await made(query), document.cookie.includes('fromcache=1')];
        });
        await run('vary-cookie', async (made, asked, id) => {
          document.cookie = 'taste=sweet; Path=/';
          const query = 'cc=max-age=600&vary=Cookie&etag=' + id + 'sweet';
          return [await made(query), await made(query)];
        });
        await run('stale-while-revalidate', async made => {
          const query = 'cc=max-age=0, stale-while-revalidate=600';
          return [await made(query), await made(query)];
        });
        return results;
        """;

    /// <summary>Where a browser asks its target more often than RFC 9111 makes it, and what we do instead.</summary>
    private static readonly Dictionary<(string Browser, string Case), string> _better = new()
    {
        [(BrowserInstallation.Firefox, "not-found")] = """["404 1","404 1","asked 1"]""",
        [(BrowserInstallation.Firefox, "range")] = """["1.........","206 ..."]""",
        [(BrowserInstallation.Firefox, "moved")] = """["1","1","asked 2"]""",
    };

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Responses_AreReusedAsTheBrowserDoesItself(string browser)
    {
        var direct = await RunAsync(browser, Route.Direct);
        var proxied = await RunAsync(browser, Route.Proxied);

        var differences = direct
            .Where(result => proxied[result.Key] != _better.GetValueOrDefault((browser, result.Key), result.Value))
            .Select(result => $"{result.Key}: directly {result.Value}, through PeerProxy {proxied[result.Key]}")
            .ToArray();
        Assert.True(differences.Length == 0, string.Join('\n', differences));
        Assert.Equal("""["1","1","asked 1"]""", proxied["fresh"]);
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task AbandonedDownload_IsNotStored_AndClearSiteDataEmptiesTheCache(string browser)
    {
        await using var tab = await fixture.NewTabAsync(browser, Route.Proxied);
        await tab.OpenAsync("/");
        var id = Guid.NewGuid().ToString("N");

        var result = await tab.RunAsync("""
            for (let i = 0; i < 2; i++) {
              const reader = (await fetch('/endless/' + arg)).body.getReader();
              await reader.read();
              await reader.cancel();
            }
            const made = async query => (await fetch('/made/' + arg + '-made?' + query)).text();
            const kept = [await made('cc=max-age=600'), await made('cc=max-age=600')];
            await made('cc=no-store&clear=cache');
            return [...kept, await made('cc=max-age=600')];
            """, id);

        Assert.Equal(2, fixture.Site.Count($"/endless/{id}"));
        Assert.Equal("""["1","1","3"]""", result.GetRawText());
    }

    /// <summary>
    /// How many requests of a page with many parts reach the target, at a reload and at a second visit. The time of the second visit is printed, not asserted; with
    /// <c>PEERPROXY_VISITS=N</c> it is the median of N.
    /// </summary>
    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task SecondVisit_AsksTheTargetNoMoreThanADirectOne(string browser)
    {
        var direct = await AlbumAsync(browser, Route.Direct);
        var proxied = await AlbumAsync(browser, Route.Proxied);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{browser}: requests of first visit, reload, second visit: {string.Join(", ", proxied.Requests.Select(visit => visit.Length))}; second visit's load event: direct {direct.LoadMilliseconds:0} ms, proxied {proxied.LoadMilliseconds:0} ms");
        foreach (var (visit, requests) in direct.Requests.Index())
        {
            Assert.Equal(requests, proxied.Requests[visit]);
        }
    }

    private const int Parts = 200;

    /// <summary>The paths that each visit asked for, sorted, and the time of the second visit.</summary>
    private async Task<(string[][] Requests, double LoadMilliseconds)> AlbumAsync(string browser, Route route)
    {
        await using var tab = await fixture.NewTabAsync(browser, route);
        var id = Guid.NewGuid().ToString("N");
        var seen = 0;
        var requests = new List<string[]>();
        var path = $"/album/{id}?n={Parts}";
        await tab.OpenAsync(path);
        await CountAsync();
        await tab.ReloadAsync();
        await CountAsync();
        await tab.Page.GotoAsync("about:blank");
        await tab.OpenAsync(path);
        await CountAsync();
        var times = new List<double> { await LoadTimeAsync() };
        var visits = int.TryParse(Environment.GetEnvironmentVariable("PEERPROXY_VISITS"), out var wanted) ? wanted : 1;
        while (times.Count < visits)
        {
            await tab.Page.GotoAsync("about:blank");
            await tab.OpenAsync(path);
            await tab.WaitForAsync("return document.readyState === 'complete' && window.ran === arg", (Parts + 1) / 3);
            times.Add(await LoadTimeAsync());
        }

        times.Sort();
        return ([.. requests], times[times.Count / 2]);

        // From the tab's navigation to the load event of the site's document.
        async Task<double> LoadTimeAsync()
        {
            await tab.WaitForAsync("return performance.getEntriesByType('navigation')[0].loadEventEnd > 0");
            var end = await tab.RunAsync("return performance.timeOrigin + performance.getEntriesByType('navigation')[0].loadEventEnd");
            return end.GetDouble() - (await tab.Page.RunAsync("return performance.timeOrigin")).GetDouble();
        }

        async Task CountAsync()
        {
            await tab.WaitForAsync("return document.readyState === 'complete' && window.ran === arg", (Parts + 1) / 3);
            var paths = fixture.Site.Paths($"/album/{id}");
            requests.Add([.. paths.Skip(seen).Select(each => each[$"/album/{id}".Length..]).Order(StringComparer.Ordinal)]);
            seen = paths.Count;
        }
    }

    private async Task<Dictionary<string, string>> RunAsync(string browser, Route route)
    {
        await using var tab = await fixture.NewTabAsync(browser, route);
        await tab.OpenAsync("/");
        var results = await tab.RunAsync(Cases, new { id = Guid.NewGuid().ToString("N") });
        return results.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetRawText());
    }
}
