using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.FirstLight;

/// <summary>The ways in which each case is run: both browsers, directly and through PeerProxy.</summary>
public static class Visits
{
    public static TheoryData<string, Route> All { get; } = new()
    {
        { BrowserInstallation.Chromium, Route.Direct },
        { BrowserInstallation.Chromium, Route.Proxied },
        { BrowserInstallation.Firefox, Route.Direct },
        { BrowserInstallation.Firefox, Route.Proxied },
    };

    /// <summary>For what a direct visit cannot show.</summary>
    public static TheoryData<string> Browsers { get; } = new() { BrowserInstallation.Chromium, BrowserInstallation.Firefox };
}
