namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Finds and starts the browsers of this machine.</summary>
public static class BrowserInstallation
{
    /// <summary>A browser that is not up by then never will be; slow shared machines need much of it.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    public const string Chromium = "chromium";
    public const string Firefox = "firefox";

    public static string? FindChromium() => Find("chromium", "chromium-browser", "google-chrome");

    public static string? FindFirefox() => Find("firefox-esr", "firefox");

    /// <summary>Starts a browser by name, or skips the test with the reason when it is not installed.</summary>
    public static async Task<IBrowser> StartOrSkipAsync(string name)
    {
        var path = name == Chromium ? FindChromium() : FindFirefox();
        Assert.SkipUnless(path is not null, $"{name} is not installed on this machine.");
        return name == Chromium ? await ChromiumBrowser.StartAsync(path!) : await FirefoxBrowser.StartAsync(path!);
    }

    private static string? Find(params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return (from name in names from folder in folders let path = Path.Combine(folder, name) where File.Exists(path) select path).FirstOrDefault();
    }
}
