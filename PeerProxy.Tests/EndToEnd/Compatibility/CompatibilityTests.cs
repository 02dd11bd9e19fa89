using PeerProxy.Tests.EndToEnd.Compatibility.Walks;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>Everything a site can do, through PeerProxy and directly, in both browsers: the results must be equal.</summary>
[Collection(CompatibilityCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class CompatibilityTests(CompatibilityFixture fixture)
{
    public static IEnumerable<TheoryDataRow<string, string, string>> PageCases { get; } =
        [.. Browsers.SelectMany(browser => CaseCatalog.InPages.Select(one => new TheoryDataRow<string, string, string>(browser, one.Group, one.Name)))];

    public static IEnumerable<TheoryDataRow<string, string>> WalkCases { get; } =
        [.. Browsers.SelectMany(browser => Walk.All.Select(one => new TheoryDataRow<string, string>(browser, one.Name)))];

    private static IReadOnlyList<string> Browsers => CompatibilityFixture.Browsers;

    [Theory]
    [MemberData(nameof(PageCases))]
    public async Task Case_ThroughPeerProxy_EqualsDirect(string browser, string group, string name)
    {
        var (direct, proxied) = await fixture.ResultsAsync(browser, new(group, name));
        Compare(browser, new(group, name), direct, proxied);
    }

    [Theory]
    [MemberData(nameof(WalkCases))]
    public async Task Walk_ThroughPeerProxy_EqualsDirect(string browser, string name)
    {
        var (direct, proxied) = await fixture.ResultsAsync(browser, new(Walk.Group, name));
        Compare(browser, new(Walk.Group, name), direct, proxied);
    }

    private void Compare(string browser, CompatibilityCase one, CaseResult direct, CaseResult proxied)
    {
        var known = KnownDifferences.Find(browser, one);
        fixture.Table.Add(browser, one, direct, proxied, known);
        var message = $"direct:  {direct}\nproxied: {proxied}\n";
        Assert.True(direct.Error is null, "The case does not even work directly.\n" + message);
        if (known is null)
        {
            Assert.True(direct.Value == proxied.Value, "The proxied result differs.\n" + message);
            return;
        }

        Assert.True(direct.Value != proxied.Value, "The known difference is gone: take it off the list.\n" + message);
        Assert.Contains(known.Proxied, proxied.ToString(), StringComparison.Ordinal);
    }
}
