using System.Text.Json;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>A real browser, started for tests; disposing ends all its processes.</summary>
public interface IBrowser : IAsyncDisposable
{
    /// <summary>For messages: "chromium", "firefox".</summary>
    string Name { get; }

    /// <summary>The process that all others of this browser descend from.</summary>
    Task<int> RootProcessIdAsync();

    /// <summary>Opens a tab with its own empty profile: no cookies, storage, service workers or cache of other pages.</summary>
    Task<IBrowserPage> NewPageAsync();

    /// <summary>Opens a tab in the profile of this name, which is empty at first and lasts as long as the browser. When the tab is disposed of, all tabs of the profile close.</summary>
    Task<IBrowserPage> NewPageAsync(string profile);
}

/// <summary>One tab.</summary>
public interface IBrowserPage : IAsyncDisposable
{
    /// <summary>Console messages and uncaught errors so far, for failure messages.</summary>
    IReadOnlyList<string> Log { get; }

    /// <summary>Navigates and waits for the load event.</summary>
    Task GotoAsync(string url);

    /// <summary>
    /// Runs the body of an async function in the page: it may <c>await</c>, reads <paramref name="argument"/> as <c>arg</c>, and returns with
    /// <c>return</c> anything that JSON can carry (undefined becomes null).
    /// </summary>
    /// <exception cref="BrowserScriptException">The script threw; the message has its text.</exception>
    Task<JsonElement> RunAsync(string asyncFunctionBody, object? argument = null);

    /// <summary>As <see cref="RunAsync"/>, inside the first frame of the page that shows something of the page's own origin outside <c>/.peerproxy/</c>.</summary>
    /// <exception cref="BrowserScriptException">The script threw, there is no such frame, or it navigated away meanwhile.</exception>
    Task<JsonElement> RunInFrameAsync(string asyncFunctionBody, object? argument = null);

    /// <summary>Clicks as a user does, in the page itself or in the frame of <see cref="RunInFrameAsync"/>.</summary>
    Task ClickAsync(string selector, bool inFrame);

    /// <summary>Addresses of the tabs of this profile, this one and those it opened.</summary>
    Task<IReadOnlyList<string>> TabAddressesAsync();

    /// <summary>PNG of the viewport.</summary>
    Task<byte[]> ScreenshotAsync();
}

/// <summary>A script in a page threw, or the browser refused a command.</summary>
public sealed class BrowserScriptException(string message) : Exception(message);
