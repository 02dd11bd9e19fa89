using PeerProxy.Bench.Framework;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Bench.Stack;

/// <summary>Starts the browsers of this machine, or says that they are missing.</summary>
public static class BenchBrowser
{
    /// <param name="name"><see cref="BrowserInstallation.Chromium"/> or <see cref="BrowserInstallation.Firefox"/>.</param>
    public static async Task<IBrowser> StartAsync(string name)
    {
        var path = (name == BrowserInstallation.Chromium ? BrowserInstallation.FindChromium() : BrowserInstallation.FindFirefox())
            ?? throw new ScenarioUnavailableException($"{name} is not installed on this machine.");
        return name == BrowserInstallation.Chromium ? await ChromiumBrowser.StartAsync(path) : await FirefoxBrowser.StartAsync(path);
    }

    /// <summary>Opens a tab with a profile of its own that nobody inspects: inspection takes longer than many a response.</summary>
    public static async Task<IBrowserPage> NewMeasuredPageAsync(this IBrowser browser) =>
        browser is ChromiumBrowser chromium ? await chromium.NewBarePageAsync() : await browser.NewPageAsync();
}
