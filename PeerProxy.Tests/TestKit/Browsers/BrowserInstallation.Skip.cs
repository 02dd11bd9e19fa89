namespace PeerProxy.Tests.TestKit.Browsers;

public static partial class BrowserInstallation
{
    /// <summary>Starts a browser by name, or skips the test with the reason when it is not installed.</summary>
    public static Task<IBrowser> StartOrSkipAsync(string name) => StartOrSkipAsync(name, name == Chromium ? FindChromium() : FindFirefox());

    /// <summary>The same with <see cref="FindLightChromium"/>: for the many tests to which the browser's own window, permissions and downloads do not matter.</summary>
    /// <param name="firefoxPreferences">Lines for <c>user.js</c>.</param>
    public static Task<IBrowser> StartLightOrSkipAsync(string name, string firefoxPreferences = "") =>
        StartOrSkipAsync(name, name == Chromium ? FindLightChromium() : FindFirefox(), firefoxPreferences);

    private static async Task<IBrowser> StartOrSkipAsync(string name, string? path, string firefoxPreferences = "")
    {
        Assert.SkipUnless(path is not null, $"{name} is not installed on this machine.");
        return name == Chromium ? await ChromiumBrowser.StartAsync(path!) : await FirefoxBrowser.StartAsync(path!, firefoxPreferences);
    }
}
