using System.Text.RegularExpressions;
using PeerProxy.Tests.EndToEnd.Compatibility.Walks;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>All cases by name: those of the pages are read from their sources, so that a case that does not run is seen as missing.</summary>
public static partial class CaseCatalog
{
    /// <summary>The pages, in the order of the table, each with its heading.</summary>
    public static IReadOnlyList<(string Group, string Heading)> Pages { get; } =
    [
        ("cookies", "Cookies"),
        ("sockets", "WebSockets"),
        ("events", "Server-sent events"),
        ("fetching", "Fetch"),
        ("xhr", "XMLHttpRequest"),
        ("sending", "Beacons and forms"),
        ("media", "Media and files of a page"),
        ("frames", "Frames"),
        ("workers", "Workers, modules and worklets"),
        ("service-worker", "The site's own service worker"),
        ("page", "Document and window"),
        ("headers", "Headers and policies"),
        ("caching", "HTTP cache"),
    ];

    public static IReadOnlyList<CompatibilityCase> InPages { get; } =
    [
        .. Pages.SelectMany(page => CaseName().Matches(File.ReadAllText(PathOf(page.Group)))
            .Select(match => new CompatibilityCase(page.Group, match.Groups[1].Value.Replace("\\'", "'", StringComparison.Ordinal)))),
    ];

    /// <summary>What each tab goes through, by the tab's name: pages by their group, or walks. A walk that looks at the tab's whole history has one of its own.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Tabs { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        ["pages"] = [.. Pages.Select(page => page.Group)],
        ["walks"] = [.. Walk.All.Where(walk => !walk.NeedsOwnTab).Select(walk => walk.Name)],
        ["history"] = [.. Walk.All.Where(walk => walk.NeedsOwnTab).Select(walk => walk.Name)],
    };

    private static string PathOf(string group) => Path.Combine(AppContext.BaseDirectory, "EndToEnd", "Compatibility", "Pages", "groups", group + ".js");

    [GeneratedRegex(@"^compare\('((?:[^'\\]|\\.)+)',", RegexOptions.Multiline)]
    private static partial Regex CaseName();
}
