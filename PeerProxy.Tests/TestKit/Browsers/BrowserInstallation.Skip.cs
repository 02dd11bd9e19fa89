namespace PeerProxy.Tests.TestKit.Browsers;

public static partial class BrowserInstallation
{
    /// <summary>Starts a browser by name, or skips the test with the reason when it is not installed.</summary>
    public static async Task<IBrowser> StartOrSkipAsync(string name)
    {
        var path = name == Chromium ? FindChromium() : FindFirefox();
        Assert.SkipUnless(path is not null, $"{name} is not installed on this machine.");
        return name == Chromium ? await ChromiumBrowser.StartAsync(path!) : await FirefoxBrowser.StartAsync(path!);
    }
}
