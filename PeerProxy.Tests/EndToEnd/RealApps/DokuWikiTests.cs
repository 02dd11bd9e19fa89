using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>A server-rendered PHP wiki: log in, write, change, search, upload and log out by clicking.</summary>
public sealed class DokuWikiTests : RealAppTest
{
    /// <summary>A PNG of one pixel.</summary>
    private const string Dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Wiki_PageIsWrittenChangedAndFound_ByClicking(Route route)
    {
        var app = await DokuWiki.StartAsync();
        var tab = await OpenAsync(app, route, "/doku.php?id=start");
        await tab.WaitForTextAsync("h1#welcome", "Welcome");

        await tab.ClickAsync("li.action.login a");
        await tab.FillAsync("#dw__login [name=u]", DokuWiki.User);
        await tab.FillAsync("#dw__login [name=p]", DokuWiki.Password);
        await tab.ClickAsync("#dw__login button[type=submit]");
        await tab.WaitForElementAsync("li.action.logout a");

        // A link to a page that does not exist yet, and its first version.
        await tab.ClickAsync("a[data-wiki-id='lab']");
        await tab.ClickAsync("#dokuwiki__pagetools li.create a");
        await tab.FillAsync("#wiki__text", "====== Our lab ======\nFirst words with ünïcödé & <signs>.\n");
        await tab.ClickAsync("#edbtn__save");
        await tab.WaitForTextAsync("h1#our_lab", "Our lab");
        await tab.WaitForAsync("return document.body.innerText.includes('First words with ünïcödé & <signs>.')");

        // A second version.
        await tab.ClickAsync("#dokuwiki__pagetools li.edit a");
        await tab.WaitForAsync("return document.getElementById('wiki__text')?.value.includes('First words')");
        await tab.FillAsync("#wiki__text", "====== Our lab ======\nSecond thoughts.\n");
        await tab.ClickAsync("#edbtn__save");
        await tab.WaitForAsync("return document.body.innerText.includes('Second thoughts.')");
        await tab.WaitForTitleAsync("lab [Test wiki]");

        // A picture for the pages.
        await tab.ClickAsync("li.action.media a");
        await tab.ClickAsync("#mediamanager__page .filelist .tabs a[href*='tab_files=upload']");
        await tab.WaitForElementAsync("#mediamanager__uploader input[type=file]");
        var picture = Path.Combine(app.Folder, "dot.png");
        await File.WriteAllBytesAsync(picture, Convert.FromBase64String(Dot), TestContext.Current.CancellationToken);
        await ((ChromiumPage)tab.Page).ChooseFilesAsync("#mediamanager__uploader input[type=file]", route == Route.Proxied, picture);
        await tab.ClickAsync("#mediamanager__upload_button");
        await tab.WaitForElementAsync("#mediamanager__uploader .qq-upload-success");
        Assert.Equal(Dot, Convert.ToBase64String(await File.ReadAllBytesAsync(Path.Combine(app.Folder, "data", "media", "dot.png"), TestContext.Current.CancellationToken)));

        await tab.ClickAsync("li.action.logout a");
        await tab.WaitForElementAsync("li.action.login a");
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Wiki_StylesAndScripts_AreAllLoaded(Route route)
    {
        var tab = await OpenAsync(await DokuWiki.StartAsync(), route, "/doku.php?id=start");

        // The style sheet places the tools; the script defines jQuery and the index tree works by background requests.
        await tab.WaitForAsync("return getComputedStyle(document.querySelector('#dokuwiki__sitetools, .tools')).position !== 'static' || getComputedStyle(document.body).color !== 'rgb(0, 0, 0)'");
        await tab.WaitForAsync("return typeof window.jQuery === 'function' && document.images.length > 0 && [...document.images].every(i => i.complete && (i.naturalWidth > 0 || i.src.includes('taskrunner')))");
        await tab.ClickAsync("li.action.index a");
        await tab.WaitForElementAsync("#index__tree");
    }
}
