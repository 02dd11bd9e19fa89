using System.Diagnostics;
using System.Text.Json;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.Networks;

/// <summary>One visitor who opened the agent's link in an empty profile.</summary>
internal sealed class LabVisit : IAsyncDisposable
{
    /// <summary>Far above what a connection takes: only one that never comes fails by it.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>How long a browser may take to find that a better path than its first one works.</summary>
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(50);

    private readonly NetworkSuite _suite;

    private LabVisit(NetworkSuite suite, IBrowserPage page)
    {
        _suite = suite;
        Page = page;
    }

    public IBrowserPage Page { get; }

    /// <summary>From the navigation to the site's content, in milliseconds.</summary>
    public long TimeToPage { get; private set; }

    /// <summary>What the badge says: <c>direct</c> or <c>relayed</c>.</summary>
    public string Path { get; private set; } = "";

    /// <summary>Opens the link and waits for the site's own content and the badge.</summary>
    /// <param name="prepareAsync">What to do with the empty tab before.</param>
    public static async Task<LabVisit> OpenAsync(NetworkSuite suite, string browser = BrowserInstallation.Chromium, Func<IBrowserPage, Task>? prepareAsync = null)
    {
        var visit = new LabVisit(suite, await suite.NewPageAsync(browser));
        try
        {
            if (prepareAsync is not null)
            {
                await prepareAsync(visit.Page);
            }

            var clock = Stopwatch.StartNew();
            await visit.Page.GotoAsync(suite.Link.ToString());
            await visit.WaitForAsync(() => visit.Page.RunInFrameAsync("return document.querySelector('h1')?.textContent.startsWith('A small site') ?? false"), "the site's content");
            visit.TimeToPage = clock.ElapsedMilliseconds;
            await visit.WaitForConnectedAsync();
            return visit;
        }
        catch
        {
            await visit.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the shell shows a path.</summary>
    public async Task WaitForConnectedAsync()
    {
        await WaitForAsync(() => Page.RunAsync("return !document.getElementById('badge').hidden"), "the badge");
        Path = (await Page.RunAsync("return document.getElementById('badge').dataset.path")).GetString()!;
    }

    /// <summary>Waits until the shell shows this path: a relayed one is often the first to stand, and a direct one takes over. Else it stays at what is shown.</summary>
    public async Task<bool> SettlesOnAsync(string path)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            await WaitForConnectedAsync();
            if (Path == path)
            {
                return true;
            }

            await Task.Delay(_poll);
        }
        while (clock.Elapsed < _settling);

        return false;
    }

    /// <summary>Waits for a condition; a document that goes away meanwhile is not an error.</summary>
    public async Task WaitForAsync(Func<Task<JsonElement>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        var last = "";
        while (clock.Elapsed < _limit)
        {
            try
            {
                var result = await condition().WaitAsync(_limit);
                if (result.ValueKind == JsonValueKind.True)
                {
                    return;
                }

                last = result.ToString();
            }
            catch (Exception error) when (error is BrowserScriptException or TimeoutException)
            {
                last = error.Message;
            }

            await Task.Delay(_poll);
        }

        throw new TimeoutException($"Never came: {what}. Last: {last}\n{await DescribeAsync()}\n{_suite.Describe()}");
    }

    /// <summary>Fetches a part of the demo download in the site's page and tells whether the relay's link carried it.</summary>
    public async Task<bool> IsCarriedByServerAsync()
    {
        const int Length = 400_000;
        var before = await _suite.Lab.BytesAsync("server");
        var length = (await Page.RunInFrameAsync($$"""
            const response = await fetch('/files/tideline.bin', { headers: { range: 'bytes=0-{{Length - 1}}' } });
            return (await response.arrayBuffer()).byteLength;
            """)).GetInt32();
        Assert.Equal(Length, length);
        return await _suite.Lab.BytesAsync("server") - before > Length;
    }

    public async ValueTask DisposeAsync() => await Page.DisposeAsync();

    private async Task<string> DescribeAsync()
    {
        try
        {
            var shown = await Page.RunAsync("return document.body.innerText.slice(0, 600)").WaitAsync(TimeSpan.FromSeconds(5));
            return $"shown: {shown}\nconsole: {string.Join('\n', Page.Log)}";
        }
        catch (Exception error) when (error is BrowserScriptException or TimeoutException)
        {
            return error.Message;
        }
    }
}
