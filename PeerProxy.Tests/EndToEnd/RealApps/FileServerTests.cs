using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>A file server with accounts: log in, download what is private, upload, log out.</summary>
public sealed class FileServerTests : RealAppTest
{
    private const int UploadBytes = 8 << 20;
    private const int UploadSeed = 41;

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Files_AreUploadedAndDownloaded_ByClicking(Route route)
    {
        var app = await FileServer.StartAsync();
        var tab = await OpenAsync(app, route, "/");
        var page = (ChromiumPage)tab.Page;
        await tab.ClickAsync("#login-button");
        await tab.FillAsync("#login_username", FileServer.User);
        await tab.FillAsync("#login_password", FileServer.Password);
        await tab.ClickAsync(".dialog form button[type=submit]");
        await tab.WaitForElementAsync("#user-button");
        await tab.WaitForAsync("return document.querySelector('.dialog') === null");

        await tab.ClickAsync("a[href='/private/']");
        await tab.ClickAsync("a[href$='notes.txt']");
        await tab.WaitForElementAsync("a#download");
        var download = await page.Page.RunAndWaitForDownloadAsync(() => tab.ClickAsync("a#download"));
        Assert.Equal(FileServer.Notes, await File.ReadAllTextAsync((await download.PathAsync())!, TestContext.Current.CancellationToken));
        await tab.WaitForAsync("return document.querySelector('.dialog') === null");

        var upload = Path.Combine(app.Folder, "upload.bin");
        var bytes = new byte[UploadBytes];
        LabBytes.Fill(bytes, UploadSeed, 0);
        await File.WriteAllBytesAsync(upload, bytes, TestContext.Current.CancellationToken);
        await tab.ClickAsync(".breadcrumb[href='/']");
        await tab.ClickAsync("a[href='/inbox/']");
        await tab.ClickAsync("#upload-button:not([disabled])");
        var chooser = await page.Page.RunAndWaitForFileChooserAsync(() => tab.ClickAsync("button.upload-files"));
        await chooser.SetFilesAsync(upload);
        await tab.ClickAsync("button.upload-send");
        await tab.WaitForAsync("return document.querySelector('#upload-dialog')?.innerText.includes('1 finished') === true");
        await tab.WaitForElementAsync("a[href$='upload.bin']");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(app.Folder, "inbox", "upload.bin"), TestContext.Current.CancellationToken));
        await tab.ClickAsync(".dialog-closer");
        await tab.WaitForAsync("return document.querySelector('.dialog') === null");

        await tab.ClickAsync("#user-button");
        await tab.ClickAsync("button#logout");
        await tab.WaitForElementAsync("#login-button");
    }
}
