namespace PeerProxy.Tests.Networks;

/// <summary>Agent and browser that have IPv6 only.</summary>
[Collection(NetworkCollection.Name)]
[Trait("Category", "Networks")]
public sealed class Ipv6Tests(NetworkFixture fixture)
{
    [Fact]
    public async Task Ipv6Only_BehindFirewalls_ConnectsDirectly()
    {
        await using var suite = await NetworkSuite.StartOrSkipAsync(
            "--ipv6 --nat agent port-restricted --nat browser port-restricted --link agent rtt=10 --link browser rtt=10 --link server rtt=4",
            async lab =>
            {
                await lab.RunOnAsync("agent", "ip -4 addr flush dev eth0");
                await lab.RunOnAsync("browser", "ip -4 addr flush dev eth0");
            });

        await using var visit = await LabVisit.OpenAsync(suite);

        fixture.Table.Add("firewall, IPv6 only", "firewall, IPv6 only", visit.Path, visit.TimeToPage);
        Assert.Equal("direct", visit.Path);
        Assert.False(await visit.IsCarriedByServerAsync());
    }
}
