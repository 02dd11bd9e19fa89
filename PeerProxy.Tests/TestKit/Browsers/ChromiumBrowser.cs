using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Headless Chromium through Playwright, using the browser installed on the machine.</summary>
public sealed class ChromiumBrowser : IBrowser
{
    private static readonly string[] _arguments =
    [
        "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--accept-lang=en-US",
    ];

    private readonly IPlaywright _playwright;
    private readonly Microsoft.Playwright.IBrowser _browser;
    private readonly ConcurrentDictionary<string, Lazy<Task<IBrowserContext>>> _profiles = new();

    private ChromiumBrowser(IPlaywright playwright, Microsoft.Playwright.IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public string Name => BrowserInstallation.Chromium;

    /// <param name="executablePath">The browser or its start script.</param>
    /// <param name="extraArguments">Further command line switches.</param>
    public static async Task<ChromiumBrowser> StartAsync(string executablePath, params string[] extraArguments)
    {
        var playwright = await Playwright.CreateAsync();
        try
        {
            var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = executablePath,
                Args = [.. _arguments, .. extraArguments],
                Timeout = (float)BrowserInstallation.StartLimit.TotalMilliseconds,
            });
            return new ChromiumBrowser(playwright, browser);
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    public async Task<int> RootProcessIdAsync()
    {
        var session = await _browser.NewBrowserCDPSessionAsync();
        var answer = await session.SendAsync("SystemInfo.getProcessInfo") ?? throw new InvalidOperationException("The browser tells nothing about its processes.");
        await session.DetachAsync();
        return answer.GetProperty("processInfo").EnumerateArray().First(process => process.GetProperty("type").GetString() == "browser").GetProperty("id").GetInt32();
    }

    async Task<IBrowserPage> IBrowser.NewPageAsync() => await NewPageAsync();

    public async Task<ChromiumPage> NewPageAsync()
    {
        var context = await NewContextAsync();
        return new ChromiumPage(context, await context.NewPageAsync(), ownsContext: true);
    }

    public async Task<IBrowserPage> NewPageAsync(string profile)
    {
        var context = await _profiles.GetOrAdd(profile, _ => new(NewContextAsync)).Value;
        return new ChromiumPage(context, await context.NewPageAsync(), ownsContext: false);
    }

    /// <summary>A tab for measurements, with its own empty profile.</summary>
    public async Task<BareChromiumPage> NewBarePageAsync() => await BareChromiumPage.OpenAsync(await _browser.NewBrowserCDPSessionAsync());

    /// <summary>Begins to record what all threads of the browser do.</summary>
    public async Task<ChromiumTrace> TraceAsync() => await ChromiumTrace.StartAsync(await _browser.NewBrowserCDPSessionAsync());

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private Task<IBrowserContext> NewContextAsync() => _browser.NewContextAsync(new BrowserNewContextOptions { AcceptDownloads = true });
}

/// <summary>A Chromium tab; <see cref="Page"/> gives all of Playwright.</summary>
public sealed class ChromiumPage : IBrowserPage
{
    private readonly IBrowserContext _context;
    private readonly bool _ownsContext;
    private readonly ConcurrentQueue<string> _log = new();

    internal ChromiumPage(IBrowserContext context, IPage page, bool ownsContext)
    {
        _context = context;
        _ownsContext = ownsContext;
        Page = page;
        page.SetDefaultTimeout((float)BrowserInstallation.StartLimit.TotalMilliseconds);
        page.Console += (_, message) => _log.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => _log.Enqueue($"uncaught: {error}");
    }

    public IPage Page { get; }

    public IReadOnlyList<string> Log => [.. _log];

    public async Task GotoAsync(string url) => await Page.GotoAsync(url);

    public Task<JsonElement> RunAsync(string asyncFunctionBody, object? argument = null) => RunAsync(Page.MainFrame, asyncFunctionBody, argument);

    public Task<JsonElement> RunInFrameAsync(string asyncFunctionBody, object? argument = null) => RunAsync(SiteFrame(), asyncFunctionBody, argument);

    public Task ClickAsync(string selector, bool inFrame) => (inFrame ? SiteFrame() : Page.MainFrame).ClickAsync(selector);

    /// <summary>Chooses files in an <c>input type=file</c>, as the browser's dialog does.</summary>
    public Task ChooseFilesAsync(string selector, bool inFrame, params string[] files) => (inFrame ? SiteFrame() : Page.MainFrame).SetInputFilesAsync(selector, files);

    /// <summary>The tab that an action opens; it goes with this page's profile.</summary>
    public async Task<ChromiumPage> WaitForTabAsync(Func<Task> action) => new(_context, await Page.RunAndWaitForPopupAsync(action), _ownsContext);

    public Task<IReadOnlyList<string>> TabAddressesAsync() => Task.FromResult<IReadOnlyList<string>>([.. _context.Pages.Select(page => page.Url)]);

    /// <summary>The frame that <see cref="RunInFrameAsync"/> runs in.</summary>
    public IFrame SiteFrame() =>
        Page.MainFrame.ChildFrames.FirstOrDefault(frame => PageScript.IsSite(Page.Url, frame.Url)) ?? throw new BrowserScriptException("The page has no frame of the site.");

    private async Task<JsonElement> RunAsync(IFrame frame, string asyncFunctionBody, object? argument)
    {
        try
        {
            return PageScript.Result(await frame.EvaluateAsync<string>(PageScript.Wrap(asyncFunctionBody), PageScript.Argument(argument)));
        }
        catch (PlaywrightException exception)
        {
            throw new BrowserScriptException($"{exception.Message}\n{string.Join('\n', Log)}");
        }
    }

    public Task<byte[]> ScreenshotAsync() => Page.ScreenshotAsync();

    public async ValueTask DisposeAsync()
    {
        if (_ownsContext)
        {
            await _context.DisposeAsync();
            return;
        }

        foreach (var page in _context.Pages.ToArray())
        {
            await page.CloseAsync();
        }
    }
}
