using PeerProxy.Tests.TestKit.Apps;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.RealApps;

/// <summary>A single-page application that keeps its data on the server.</summary>
public sealed class TiddlyWikiTests : RealAppTest
{
    [Theory]
    [MemberData(nameof(Routes))]
    public async Task SinglePageWiki_NoteIsWrittenSavedAndThereAfterReload(Route route)
    {
        var tab = await OpenAsync(await TiddlyWiki.StartAsync(), route, "/");
        await tab.ClickAsync("button[aria-label='new tiddler'], .tc-btn-\\%24\\%3A\\%2Fcore\\%2Fui\\%2FButtons\\%2Fnew-tiddler");
        await tab.FillAsync("input.tc-titlebar", "Lab note");
        // Its editor is a text area in a frame of its own.
        await tab.WaitForAsync("return !!document.querySelector('.tc-tiddler-edit-frame iframe')?.contentDocument?.querySelector('textarea')");
        await tab.RunAsync("""
            const field = document.querySelector('.tc-tiddler-edit-frame iframe').contentDocument.querySelector('textarea');
            field.value = arg;
            field.dispatchEvent(new Event('input', { bubbles: true }));
            """, "Written through a tunnel");
        await tab.ClickAsync("button[aria-label='ok'], .tc-btn-\\%24\\%3A\\%2Fcore\\%2Fui\\%2FButtons\\%2Fsave");
        await tab.WaitForAsync("return document.querySelector('[data-tiddler-title=\"Lab note\"] .tc-tiddler-body')?.innerText.includes('Written through a tunnel')");
        // The application saves in the background; its server then lists the note.
        await tab.WaitForAsync("return (await (await fetch('/recipes/default/tiddlers.json')).json()).some(t => t.title === 'Lab note')");

        await tab.OpenAsync("/#Lab%20note");
        await tab.ReloadAsync();

        await tab.WaitForAsync("return document.querySelector('[data-tiddler-title=\"Lab note\"] .tc-tiddler-body')?.innerText.includes('Written through a tunnel')");
        await tab.WaitForAddressAsync("#Lab%20note");
    }
}
