namespace PeerProxy.Tests.Networks;

/// <summary>Every pair of NAT types connects: directly where STUN suffices, through coturn elsewhere.</summary>
[Collection(NetworkCollection.Name)]
[Trait("Category", "Networks")]
public sealed class NatPairTests(NetworkFixture fixture)
{
    private static readonly string[] _types = ["full-cone", "restricted", "port-restricted", "symmetric"];

    /// <summary>One case per NAT of the agent, because the agent starts anew behind each.</summary>
    public static TheoryData<string> AgentNats => [.. _types];

    [Theory]
    [MemberData(nameof(AgentNats))]
    public async Task AgentBehindNat_VisitedFromEveryNat_ShowsSiteOverExpectedPath(string agent)
    {
        foreach (var browser in _types)
        {
            var expected = NeedsRelay(agent, browser) || NeedsRelay(browser, agent) ? "relayed" : "direct";
            var suite = await fixture.WithNatsAsync(agent, browser);

            await using var visit = await LabVisit.OpenAsync(suite);
            await visit.SettlesOnAsync(expected);

            fixture.Table.Add(agent, browser, visit.Path, visit.TimeToPage);
            TestContext.Current.TestOutputHelper?.WriteLine($"{agent} - {browser}: {visit.Path}, {visit.TimeToPage} ms");
            Assert.True(expected == visit.Path, $"{agent} - {browser}: {visit.Path} instead of {expected}\n{suite.Describe()}");
            Assert.Equal(expected == "relayed", await visit.IsCarriedByServerAsync());
        }
    }

    /// <summary>A symmetric NAT gives the peer's path a port that the peer was never told; that gets in only where the port is not looked at.</summary>
    private static bool NeedsRelay(string one, string other) => one == "symmetric" && other is "symmetric" or "port-restricted";
}
