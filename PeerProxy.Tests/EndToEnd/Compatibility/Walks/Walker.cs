using System.Diagnostics;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.Compatibility.Walks;

/// <summary>One visit of a walk: what a person does in a tab and sees there, without what differs between visits.</summary>
public sealed class Walker(SiteTab tab, CompatibilityFixture fixture)
{
    private IReadOnlyList<string> _tabsBefore = [];

    public SiteTab Tab => tab;

    public CompatibilityFixture Fixture => fixture;

    /// <summary>Waits for the page with this heading in the site and this end of the tab's address, and returns both with the tab's title.</summary>
    public async Task<string> ShowsAsync(string heading, string address)
    {
        await tab.WaitForTextAsync("#here", heading);
        await tab.WaitForAddressAsync(address);
        return $"{heading} at {address}";
    }

    /// <summary>Opens a page of the site and waits for its heading.</summary>
    public async Task OpenAsync(string path, string heading)
    {
        await tab.OpenAsync(path);
        await tab.WaitForTextAsync("#here", heading);
        _tabsBefore = await tab.Page.TabAddressesAsync();
    }

    /// <summary>Runs a script in the site's window; the origin it sees is left out of what it returns.</summary>
    public async Task<string> SeesAsync(string script, object? argument = null)
    {
        var text = (await tab.RunAsync(script, argument)).GetRawText();
        var origin = (await tab.RunAsync("return location.origin")).GetString()!;
        return text.Replace(origin, "{site}", StringComparison.Ordinal).Replace(fixture.Site.Url.GetLeftPart(UriPartial.Authority), "{target}", StringComparison.Ordinal);
    }

    /// <summary>Runs a script in the tab's top window, as the address bar and the tab strip see it.</summary>
    public async Task<string> TabSeesAsync(string script)
    {
        var text = (await tab.Page.RunAsync(script)).GetRawText();
        var origin = (await tab.Page.RunAsync("return location.origin")).GetString()!;
        return text.Replace(origin, "{site}", StringComparison.Ordinal);
    }

    /// <summary>Waits until there are this many tabs more than when the page was opened, and returns their addresses in the order of their paths.</summary>
    /// <param name="ends">How some of the addresses end.</param>
    public async Task<string> NewTabsAsync(int count, params string[] ends)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var addresses = (await tab.Page.TabAddressesAsync()).ToList();
            foreach (var known in _tabsBefore)
            {
                addresses.Remove(known);
            }

            if ((addresses.Count == count && ends.All(end => addresses.Any(address => address.EndsWith(end, StringComparison.Ordinal)))) || clock.Elapsed > SiteTab.WaitLimit)
            {
                return string.Join(", ", addresses.Select(address => Uri.TryCreate(address, UriKind.Absolute, out var url) ? url.PathAndQuery : address).Order(StringComparer.Ordinal));
            }

            await Task.Delay(50);
        }
    }
}
