using System.Security.Cryptography;
using System.Text;
using DotNet.Testcontainers.Containers;
using PeerProxy.Signaling.Turn;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.Containers;

/// <summary>The coturn that people deploy: what it thinks of the nodes' credentials, and a visit that nothing but it carries.</summary>
[Collection(ContainerCollection.Name)]
[Trait("Category", "Containers")]
public sealed class CoturnContainerTests(ContainerFixture containers)
{
    [Fact]
    public async Task Credentials_AreAccepted_ExpiredAndForgedOnesAreNot()
    {
        var coturn = await containers.CoturnAsync();
        var issuer = new TurnCredentialIssuer(new TurnOptions { Secret = ContainerFixture.TurnSecret, Uris = [$"turn:{coturn.IpAddress}"] }, TimeProvider.System);
        var good = issuer.Issue("3fdw").IceServers[0];
        var expired = $"{DateTimeOffset.UtcNow.AddSeconds(-30).ToUnixTimeSeconds()}:3fdw";
        var prolonged = $"{DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds()}:3fdw";

        Assert.True(await RelaysAsync(coturn, good.Username!, good.Credential!), "coturn refused the node's credentials.");
        Assert.False(await RelaysAsync(coturn, expired, Hmac(ContainerFixture.TurnSecret, expired)), "coturn took expired credentials.");
        Assert.False(await RelaysAsync(coturn, prolonged, good.Credential!), "coturn took credentials with another expiry.");
        Assert.False(await RelaysAsync(coturn, prolonged, Hmac("another secret", prolonged)), "coturn took credentials of another secret.");
    }

    [Fact]
    public async Task Browser_ThatMayUseNoUdp_ReachesTheAgentThroughCoturn_LongerThanCredentialsLast()
    {
        var chromium = BrowserInstallation.FindChromium();
        Assert.SkipUnless(chromium is not null, "chromium is not installed on this machine.");
        var coturn = await containers.CoturnAsync();
        await using var target = await LabTarget.StartAsync();
        await using var suite = await PeerProxySuite.StartAsync(target.Url, new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = await containers.RedisAsync(),
            ["Turn:Secret"] = ContainerFixture.TurnSecret,
            ["Turn:Uris:0"] = $"turn:{coturn.IpAddress}:{ContainerFixture.TurnPort}?transport=tcp",
            // Shorter than the visit.
            ["Turn:Lifetime"] = "00:00:20",
            ["Turn:RenewBefore"] = "00:00:10",
        });
        // A policy that companies set: no UDP from the browser itself. What is left is a relay reached by TCP.
        await using var browser = await ChromiumBrowser.StartAsync(chromium!, "--webrtc-ip-handling-policy=disable_non_proxied_udp");
        await using var tab = new SiteTab(await browser.NewPageAsync(), Route.Proxied, suite.Link);

        await tab.OpenAsync("/pages/1");
        await tab.WaitForTabAsync("return document.getElementById('badge').dataset.path === 'relayed'");
        const string Id = "through-coturn";
        await tab.RunAsync("const reader = (await fetch('/fed?id=' + arg)).body.getReader(); window.readOn = async () => new TextDecoder().decode((await reader.read()).value)", Id);
        target.Feed(Id, "first");
        Assert.Equal("first", await tab.TextAsync("return await window.readOn()"));

        // Both ends hold their allocations beyond the end of the credentials they began with.
        await OutliveCredentialsAsync(coturn);

        target.Feed(Id, "last");
        Assert.Equal("last", await tab.TextAsync("return await window.readOn()"));
        Assert.Equal(1, suite.Log.CountOf("is connected ("));
    }

    /// <summary>Waits until coturn has refreshed an allocation twice after everything that was issued so far has expired.</summary>
    private static async Task OutliveCredentialsAsync(IContainer coturn)
    {
        const int Refreshes = 2;
        var expiry = DateTime.UtcNow + TimeSpan.FromSeconds(20);
        using var deadline = new CancellationTokenSource(SiteTab.WaitLimit);
        while (true)
        {
            var (log, _) = await coturn.GetLogsAsync(since: expiry, ct: deadline.Token);
            if (DateTime.UtcNow > expiry && log.Split('\n').Count(line => line.Contains("refreshed", StringComparison.Ordinal)) >= Refreshes)
            {
                return;
            }

            await Task.Delay(200, deadline.Token);
        }
    }

    private static string Hmac(string secret, string username) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username)));

    /// <summary>Two allocations of coturn's own client exchange a packet through the relay.</summary>
    private static async Task<bool> RelaysAsync(IContainer coturn, string username, string credential)
    {
        var result = await coturn.ExecAsync(
            ["turnutils_uclient", "-u", username, "-w", credential, "-y", "-c", "-n", "1", "-m", "1", "-p", $"{ContainerFixture.TurnPort}", coturn.IpAddress]);
        return result.Stdout.Contains("Total lost packets 0 ", StringComparison.Ordinal);
    }
}
