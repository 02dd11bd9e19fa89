using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>Large and many bodies arrive whole.</summary>
[Collection(FirstLightCollection.Name)]
public sealed class TransferTests(FirstLightFixture fixture) : FirstLightTest(fixture)
{
    private const long Mebibyte = 1 << 20;

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Download_Of20Megabytes_HasEqualHash(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync(PageScripts.DownloadAndHash, $"/bytes/{20 * Mebibyte}?seed=20");

        Assert.Equal(20 * Mebibyte, result.GetProperty("length").GetInt64());
        Assert.Equal(LabBytes.Sha256(20 * Mebibyte, 20), result.GetProperty("sha256").GetString());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Download_WithoutAnnouncedLength_HasEqualHash(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync(PageScripts.DownloadAndHash, $"/bytes/{3 * Mebibyte + 17}?seed=21&chunked=true");

        Assert.Equal(LabBytes.Sha256(3 * Mebibyte + 17, 21), result.GetProperty("sha256").GetString());
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Upload_Of50Megabytes_HasEqualHash(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var result = await tab.RunAsync(PageScripts.UploadAndHash, new { megabytes = 50, url = "/upload" });

        var received = result.GetProperty("received");
        Assert.Equal(50 * Mebibyte, received.GetProperty("length").GetInt64());
        Assert.Equal(result.GetProperty("sent").GetString(), received.GetProperty("sha256").GetString());
        Assert.Equal("application/x-lab", received.GetProperty("type").GetString());
    }

    /// <summary>Sizes from nothing to 2 MB, with and without announced length, small ones behind large ones.</summary>
    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Downloads_20AtOnceOfMixedSizes_HaveEqualHashes(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);
        long[] sizes = [0, 1, 100, 1_000, 16_383, 16_384, 16_385, 65_535, 65_536, 100_000, 300_000, 500_000, 700_000, 1_000_000, 1_048_576, 1_048_577, 1_500_000, 2_000_000, 50, 5_000];
        var downloads = sizes.Select((size, i) => new { url = $"/bytes/{size}?seed={i}&chunked={(i % 3 == 0 ? "true" : "false")}", sha256 = LabBytes.Sha256(size, i) }).Reverse().ToArray();

        var results = await tab.RunAsync($$"""
            const download = async (arg) => { {{PageScripts.DownloadAndHash}} };
            return Promise.all(arg.map(download));
            """, downloads.Select(download => download.url));

        Assert.Equal(20, results.GetArrayLength());
        Assert.Equal(downloads.Select(download => download.sha256), results.EnumerateArray().Select(result => result.GetProperty("sha256").GetString()));
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task Uploads_FiveAtOnce_AreNotMixed(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        var results = await tab.RunAsync("""
            return Promise.all([1, 2, 3, 4, 5].map(async (seed) => {
              const body = new Uint8Array(seed * 400000).fill(seed);
              const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
              const response = await fetch('/upload', { method: 'PUT', body });
              return [Array.from(digest, b => b.toString(16).padStart(2, '0')).join(''), (await response.json()).sha256];
            }));
            """);

        Assert.All(results.EnumerateArray(), pair => Assert.Equal(pair[0].GetString(), pair[1].GetString()));
    }

    [Theory]
    [MemberData(nameof(Visits.All), MemberType = typeof(Visits))]
    public async Task CompressedResponse_IsDecodedOnce(string browser, Route route)
    {
        var tab = await OpenAsync(browser, route);

        Assert.Equal(LabAnswers.GzipText, await tab.TextAsync("return (await fetch('/gzip')).text()"));
    }
}
