using System.Diagnostics;
using System.Text.Json;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>
/// One tab that shows a site, the same to a test whether it came directly or through PeerProxy: scripts run in the site's window, address and
/// title are the tab's.
/// </summary>
public sealed class SiteTab(IBrowserPage page, Route route, Uri baseUrl) : IAsyncDisposable
{
    /// <summary>Generous: a slow machine that runs other work must not fail a test.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(45);

    /// <summary>A script that moves many megabytes on a busy machine ends by then; one that hangs does not.</summary>
    public static readonly TimeSpan ScriptLimit = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(40);
    private string _linkFragment = baseUrl.Fragment.TrimStart('#');

    public IBrowserPage Page => page;

    public Route Route => route;

    public Uri BaseUrl => baseUrl;

    /// <summary>Opens a path (with query and hash) of the site and waits until the site's document is loaded.</summary>
    public async Task OpenAsync(string pathAndQueryAndHash)
    {
        await page.GotoAsync(Address(pathAndQueryAndHash)).WaitAsync(ScriptLimit);
        // The key in the link is needed at the first visit only.
        _linkFragment = "";
        await WaitForAsync("return document.readyState === 'complete'");
    }

    /// <summary>The address that a person would open for this path of the site.</summary>
    public string Address(string pathAndQueryAndHash)
    {
        var parts = pathAndQueryAndHash.Split('#', 2);
        var fragments = new[] { _linkFragment, parts.ElementAtOrDefault(1) ?? "" }.Where(part => part.Length > 0).ToArray();
        var url = new Uri(baseUrl, parts[0]).GetLeftPart(UriPartial.Query);
        return fragments.Length == 0 ? url : $"{url}#{string.Join('&', fragments)}";
    }

    /// <summary>Runs the body of an async function in the site's window.</summary>
    /// <exception cref="TimeoutException">The script did not end within <see cref="ScriptLimit"/>.</exception>
    public Task<JsonElement> RunAsync(string asyncFunctionBody, object? argument = null) =>
        (route == Route.Direct ? page.RunAsync(asyncFunctionBody, argument) : page.RunInFrameAsync(asyncFunctionBody, argument)).WaitAsync(ScriptLimit);

    public async Task<string?> TextAsync(string script, object? argument = null) => (await RunAsync(script, argument)).GetString();

    /// <summary>Clicks an element of the site, once it is there.</summary>
    public async Task ClickAsync(string selector)
    {
        await WaitForElementAsync(selector);
        await page.ClickAsync(selector, inFrame: route == Route.Proxied);
    }

    /// <summary>Types a text into a field of the site, once it is there.</summary>
    public async Task FillAsync(string selector, string text)
    {
        await WaitForElementAsync(selector);
        await RunAsync("""
            const field = document.querySelector(arg.selector);
            field.focus();
            field.value = arg.text;
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.dispatchEvent(new Event('change', { bubbles: true }));
            """, new { selector, text });
    }

    public Task WaitForElementAsync(string selector) => WaitForAsync("return document.querySelector(arg) !== null", selector);

    /// <summary>Waits until the element's text is this.</summary>
    public Task WaitForTextAsync(string selector, string text) =>
        WaitForAsync("return document.querySelector(arg.selector)?.textContent.trim() === arg.text", new { selector, text });

    /// <summary>Waits until the script returns true in the site's window; a navigation in between is not an error.</summary>
    public Task WaitForAsync(string script, object? argument = null) => WaitAsync(() => RunAsync(script, argument), script);

    /// <summary>Waits until the tab's address ends with this, as the address bar shows it.</summary>
    public Task WaitForAddressAsync(string end) => WaitForTabAsync("return location.href.endsWith(arg)", end);

    public Task WaitForTitleAsync(string title) => WaitForTabAsync("return document.title === arg", title);

    /// <summary>Waits until the script returns true in the tab's top window.</summary>
    public Task WaitForTabAsync(string script, object? argument = null) => WaitAsync(() => page.RunAsync(script, argument), script);

    /// <summary>After the call has returned: a page that is left at once could not answer it.</summary>
    public Task BackAsync() => page.RunAsync("setTimeout(() => history.back(), 0)");

    public Task ForwardAsync() => page.RunAsync("setTimeout(() => history.forward(), 0)");

    /// <summary>Reloads the tab, as the browser's own button does.</summary>
    public async Task ReloadAsync()
    {
        // The mark tells the old document from the new one.
        await page.RunAsync("window.beforeReload = true; setTimeout(() => location.reload(), 0)");
        await WaitForTabAsync("return window.beforeReload === undefined && document.readyState === 'complete'");
        await WaitForAsync("return document.readyState === 'complete'");
    }

    /// <summary>The tab's address and title, the frame's address, what stands there, and the console: for failure messages.</summary>
    public async Task<string> DescribeAsync()
    {
        var top = await AttemptAsync(() => page.RunAsync("return { address: location.href, title: document.title, text: document.body?.innerText.slice(0, 600) }"));
        var site = route == Route.Proxied
            ? await AttemptAsync(() => page.RunInFrameAsync("return { address: location.href, title: document.title, text: document.body?.innerText.slice(0, 600) }"))
            : "";
        return $"tab: {top}\nsite: {site}\nconsole:\n{string.Join('\n', page.Log)}";
    }

    public ValueTask DisposeAsync() => page.DisposeAsync();

    private static async Task<string> AttemptAsync(Func<Task<JsonElement>> read)
    {
        try
        {
            return (await read().WaitAsync(TimeSpan.FromSeconds(5))).ToString();
        }
        catch (Exception error) when (error is BrowserScriptException or TimeoutException or Microsoft.Playwright.PlaywrightException)
        {
            return error.Message;
        }
    }

    private async Task WaitAsync(Func<Task<JsonElement>> condition, string name)
    {
        var clock = Stopwatch.StartNew();
        var last = "";
        while (clock.Elapsed < WaitLimit)
        {
            try
            {
                var result = await condition().WaitAsync(WaitLimit - clock.Elapsed);
                if (result.ValueKind == JsonValueKind.True)
                {
                    return;
                }

                last = result.ToString();
            }
            catch (Exception error) when (error is BrowserScriptException or TimeoutException)
            {
                // The document goes away while it navigates; the next attempt meets the new one.
                last = error.Message;
            }

            await Task.Delay(_pollInterval);
        }

        throw new TimeoutException($"Not true within {WaitLimit.TotalSeconds} s: {name}\nlast: {last}\n{await DescribeAsync()}");
    }
}
