using System.Text.Json;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>A tab with the shell, and the site's page in its frame.</summary>
public sealed class Visitor(IBrowserPage page)
{
    public IBrowserPage Page => page;

    /// <summary>Runs a script in the site's page: a global scope of its own, with what the runtime put into it.</summary>
    public Task<JsonElement> InSiteAsync(string script) =>
        page.RunAsync("return await document.getElementById('site').contentWindow.eval('(async () => {' + arg + '})()')", script);

    /// <summary>Waits until a script that knows <c>frame</c>, the site's window, gives something true.</summary>
    public Task<JsonElement> UntilAsync(string script, string what) => ClientStage.UntilAsync(page, FrameScript(script), what);

    /// <summary>Waits until one of the shell's screens shows this title.</summary>
    public Task<JsonElement> UntilScreenAsync(string title) => ClientStage.UntilAsync(
        page,
        $"return !document.getElementById('screen').hidden && document.getElementById('screen-title').textContent === {JsonSerializer.Serialize(title)}",
        $"the screen '{title}'");

    public static string FrameScript(string script) => $"const frame = document.getElementById('site').contentWindow; {script}";
}
