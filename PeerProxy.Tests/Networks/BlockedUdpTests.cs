namespace PeerProxy.Tests.Networks;

/// <summary>Where UDP does not pass, the relay is reached by TCP; where only the web passes, by TLS on port 443.</summary>
[Collection(NetworkCollection.Name)]
[Trait("Category", "Networks")]
public sealed class BlockedUdpTests(NetworkFixture fixture)
{
    [Theory]
    [InlineData("port-restricted", "udp-blocked", "web-only")]
    [InlineData("udp-blocked", "port-restricted", "udp-blocked")]
    [InlineData("web-only", "port-restricted", "web-only")]
    public async Task AgentBehindNat_VisitedFromTwoOthers_ShowsSiteThroughRelay(string agent, string firstBrowser, string secondBrowser)
    {
        foreach (var browser in new[] { firstBrowser, secondBrowser })
        {
            var suite = await fixture.WithNatsAsync(agent, browser);

            await using var visit = await LabVisit.OpenAsync(suite);

            fixture.Table.Add(agent, browser, visit.Path, visit.TimeToPage);
            TestContext.Current.TestOutputHelper?.WriteLine($"{agent} - {browser}: {visit.Path}, {visit.TimeToPage} ms");
            Assert.Equal("relayed", visit.Path);
            Assert.True(await visit.IsCarriedByServerAsync());
        }
    }
}
