using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>The page gets the right bytes in whatever coding the target sends them, or an error; never a part of them as the whole.</summary>
[Collection(FirstLightCollection.Name)]
public sealed class CompressionTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    /// <summary>Through PeerProxy only: which codings a browser takes over plain http differs, and the target here sends them unasked.</summary>
    [Theory]
    [MemberData(nameof(Visits.Browsers), MemberType = typeof(Visits))]
    public async Task EveryCoding_ReachesThePageDecoded(string browser)
    {
        var tab = await OpenAsync(browser, Route.Proxied);

        var wrong = await tab.RunAsync("""
            const wrong = [];
            for (const codings of ['identity', 'gzip', 'x-gzip', 'deflate', 'raw-deflate', 'br', 'zstd', 'gzip, br', 'br, gzip', 'zstd, deflate', 'x-unknown']) {
              const text = await (await fetch('/coded/' + encodeURIComponent(codings))).text().catch(error => String(error));
              if (text !== arg) wrong.push([codings, text.length, text.slice(0, 60)]);
            }
            return wrong;
            """, LabCodings.Text);

        Assert.Equal("[]", wrong.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Visits.Browsers), MemberType = typeof(Visits))]
    public async Task CodedBodyBrokenOff_IsAnErrorInThePage(string browser)
    {
        var tab = await OpenAsync(browser, Route.Proxied);

        var passed = await tab.RunAsync("""
            const passed = [];
            for (const coding of ['gzip', 'deflate', 'raw-deflate', 'br', 'zstd']) {
              const text = await fetch('/coded/' + coding + '?cut').then(response => response.text()).catch(() => null);
              if (text !== null) passed.push([coding, text.length]);
            }
            return passed;
            """);

        Assert.Equal("[]", passed.GetRawText());
    }
}
