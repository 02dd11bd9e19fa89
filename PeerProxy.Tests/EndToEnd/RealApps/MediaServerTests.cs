using PeerProxy.Tests.EndToEnd.FirstLight;
using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>A file server with large media.</summary>
public sealed class MediaServerTests : RealAppTest
{
    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Media_IsPlayedSoughtListedAndDownloaded(Route route)
    {
        var tab = await OpenAsync(await MediaServer.StartAsync(), route, "/player.html");

        await tab.RunAsync("""
            const audio = document.getElementById('audio');
            const sought = new Promise((resolve, reject) => { audio.onseeked = resolve; audio.onerror = () => reject(new Error(audio.error.message)); });
            audio.muted = true;
            audio.currentTime = 250;
            await sought;
            await audio.play();
            """);
        await tab.WaitForAsync("return document.getElementById('audio').currentTime > 250.2");

        await tab.ClickAsync("#list");
        await tab.WaitForAddressAsync("/media/");
        await tab.WaitForElementAsync("a[href$='large.bin']");
        var result = await tab.RunAsync(PageScripts.DownloadAndHash, "large.bin");
        Assert.Equal(LabBytes.Sha256(MediaServer.LargeBytes, MediaServer.LargeSeed), result.GetProperty("sha256").GetString());
    }

    /// <summary>A click on a file that the browser does not show saves it.</summary>
    [Theory]
    [MemberData(nameof(Routes))]
    public async Task File_ClickedInTheListing_IsSavedWhole(Route route)
    {
        var tab = await OpenAsync(await MediaServer.StartAsync(), route, "/media/");
        var page = ((ChromiumPage)tab.Page).Page;

        var download = await page.RunAndWaitForDownloadAsync(() => tab.ClickAsync("a[href$='large.bin']"));

        await using var saved = File.OpenRead((await download.PathAsync())!);
        Assert.Equal(MediaServer.LargeBytes, saved.Length);
        Assert.Equal(LabBytes.Sha256(MediaServer.LargeBytes, MediaServer.LargeSeed), Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(saved)));
    }
}
