using System.Collections.Concurrent;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.Interop.WebRtc;

/// <summary>One browser of each kind and one page server for all tests of a class.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    /// <summary>Chromium that gives its SCTP INIT in the description (a=sctp-init).</summary>
    public const string ChromiumWithSnap = "chromium-snap";

    private readonly ConcurrentDictionary<string, Lazy<Task<IBrowser>>> _browsers = new();
    private PageServer? _server;

    public async ValueTask InitializeAsync() => _server = await PageServer.StartAsync(BrowserPeer.Html);

    internal async Task<BrowserPeer> OpenAsync(string browserName)
    {
        var lazy = _browsers.GetOrAdd(browserName, name => new Lazy<Task<IBrowser>>(() => StartAsync(name)));
        var page = await (await lazy.Value).NewPageAsync();
        await page.GotoAsync(_server!.Url);
        return new BrowserPeer(page);
    }

    private static async Task<IBrowser> StartAsync(string name)
    {
        if (name != ChromiumWithSnap)
        {
            return await BrowserInstallation.StartOrSkipAsync(name);
        }

        var path = BrowserInstallation.FindChromium();
        Assert.SkipUnless(path is not null, "Chromium is not installed on this machine.");
        return await ChromiumBrowser.StartAsync(path!, "--enable-features=WebRtcSctpSnap");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _browsers.Values.Where(lazy => lazy.Value.IsCompletedSuccessfully))
        {
            await (await browser.Value).DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
