namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Finds and starts the browsers of this machine.</summary>
public static partial class BrowserInstallation
{
    /// <summary>A browser that is not up by then never will be; slow shared machines need much of it.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    public const string Chromium = "chromium";
    public const string Firefox = "firefox";

    public static string? FindChromium() => Find("chromium", "chromium-browser", "google-chrome");

    /// <summary>Chromium's content and network layers without its window: what pages, service workers and WebRTC see is the same at half the work per page. Where it is missing, the whole browser.</summary>
    public static string? FindLightChromium() => Find("chromium-headless-shell") ?? FindChromium();

    public static string? FindFirefox() => Find("firefox-esr", "firefox");

    private static string? Find(params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return (from name in names from folder in folders let path = Path.Combine(folder, name) where File.Exists(path) select path).FirstOrDefault();
    }
}
