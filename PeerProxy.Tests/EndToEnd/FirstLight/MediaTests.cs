using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Ranges, by hand and as media elements use them.</summary>
[Collection(FirstLightCollection.Name)]
public sealed class MediaTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task RangeRequests_GiveTheParts(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync("""
            const part = async (range) => {
              const r = await fetch('/media/tone.wav', { headers: { range } });
              return [r.status, r.headers.get('content-range'), (await r.arrayBuffer()).byteLength];
            };
            return [await part('bytes=0-99'), await part('bytes=10584000-'), await part('bytes=-44'), await part('bytes=99999999-')];
            """);

        Assert.Equal(
            """[[206,"bytes 0-99/10584044",100],[206,"bytes 10584000-10584043/10584044",44],[206,"bytes 10584000-10584043/10584044",44],[416,"bytes */10584044",0]]""",
            result.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Media_CanBeSoughtToItsEndAndBack(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route, "/player");
        await tab.WaitForAsync("return document.getElementById('audio').readyState >= 1");

        foreach (var second in new[] { 110, 5, 60 })
        {
            await tab.RunAsync("""
                const audio = document.getElementById('audio');
                const sought = new Promise((resolve, reject) => { audio.onseeked = resolve; audio.onerror = () => reject(new Error(audio.error.message)); });
                audio.currentTime = arg;
                await sought;
                """, second).WaitAsync(SiteTab.WaitLimit);
            await tab.WaitForAsync("const a = document.getElementById('audio'); return Math.abs(a.currentTime - arg) < 1 && a.readyState >= 2", second);
        }

        Assert.Equal(120, (await tab.RunAsync("return document.getElementById('audio').duration")).GetDouble(), 0.5);
    }
}
