using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Statuses, methods, redirects and headers mean to the page what the target meant.</summary>
[Collection(FirstLightCollection.Name)]
public sealed class AnswerTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Head_HasHeadersAndNoBody(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const response = await fetch('/status/200', { method: 'HEAD' });
            return { status: response.status, method: response.headers.get('x-lab-method'), text: await response.text() };
            """);

        Assert.Equal("""{"status":200,"method":"HEAD","text":""}""", result.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task NoContent_EndsAtOnce(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const response = await fetch('/status/204', { method: 'POST', body: 'x' });
            return { status: response.status, text: await response.text() };
            """);

        Assert.Equal("""{"status":204,"text":""}""", result.GetRawText());
    }

    /// <summary>A page that validates by itself must see the 304, not a hanging request.</summary>
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task NotModified_ReachesThePage(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const first = await fetch('/etag', { cache: 'no-store' });
            const second = await fetch('/etag', { cache: 'no-store', headers: { 'if-none-match': first.headers.get('etag') } });
            return { first: await first.text(), status: second.status, text: await second.text() };
            """);

        Assert.Equal("""{"first":"tagged","status":304,"text":""}""", result.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task ErrorStatuses_KeepTheirBodies(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            return Promise.all([400, 404, 418, 500, 503].map(async (code) => { const r = await fetch('/status/' + code); return [r.status, await r.text()]; }));
            """);

        Assert.Equal("""[[400,"status 400"],[404,"status 404"],[418,"status 418"],[500,"status 500"],[503,"status 503"]]""", result.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Redirects_OfFetch_AreFollowed(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const results = [];
            for (const code of [301, 302, 303, 307, 308]) {
              const r = await fetch(`/redirect/${code}?to=${encodeURIComponent('/echo?code=' + code)}`, { method: 'POST', body: 'kept', headers: { 'content-type': 'text/plain' } });
              const echo = await r.json();
              results.push([code, r.redirected, new URL(r.url).pathname + new URL(r.url).search, echo.method, echo.body]);
            }
            return results;
            """);

        Assert.Equal(
            """[[301,true,"/echo?code=301","GET",""],[302,true,"/echo?code=302","GET",""],[303,true,"/echo?code=303","GET",""],[307,true,"/echo?code=307","POST","kept"],[308,true,"/echo?code=308","POST","kept"]]""",
            result.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Redirects_InModesManualAndError_BehaveAsTheyShould(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const manual = await fetch('/redirect/302?to=/echo', { redirect: 'manual' });
            const refused = await fetch('/redirect/302?to=/echo', { redirect: 'error' }).then(() => 'answered', () => 'refused');
            return [manual.type, manual.status, refused];
            """);

        Assert.Equal("""["opaqueredirect",0,"refused"]""", result.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task RedirectChain_OfNavigation_EndsAtTheLastPage(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        await tab.RunAsync("setTimeout(() => { location.href = '/redirect-chain/5'; }, 0)");

        await tab.WaitForAddressAsync("/pages/1");
        await tab.WaitForTextAsync("#here", "Page 1");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Redirect_ToTheTargetsOwnAbsoluteAddress_StaysOnTheSite(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        await tab.RunAsync("setTimeout(() => { location.href = '/redirect-absolute'; }, 0)");

        await tab.WaitForAddressAsync("/pages/2?from=absolute");
        await tab.WaitForTextAsync("#here", "Page 2");
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Methods_AndTheirBodies_ReachTheTarget(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const results = [];
            for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
              const echo = await (await fetch('/echo?a=1&b=%20', { method, body: 'body of ' + method, headers: { 'x-own': 'yes' } })).json();
              results.push([echo.method, echo.path, echo.query, echo.headers['x-own'], echo.body]);
            }
            return results;
            """);

        Assert.Equal(
            """[["POST","/echo","?a=1\u0026b=%20","yes","body of POST"],["PUT","/echo","?a=1\u0026b=%20","yes","body of PUT"],["PATCH","/echo","?a=1\u0026b=%20","yes","body of PATCH"],["DELETE","/echo","?a=1\u0026b=%20","yes","body of DELETE"]]""".Replace("\\u0026", "&", StringComparison.Ordinal),
            result.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task RepeatedHeaders_AreKept(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("const r = await fetch('/repeated-headers'); return [r.headers.get('x-lab'), r.headers.get('link')]");

        Assert.Equal("""["one, two","</a>; rel=x, </b>; rel=y"]""", System.Text.RegularExpressions.Regex.Unescape(result.GetRawText()));
    }
}
