using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DotNet.Testcontainers.Containers;
using PeerProxy.Signaling.Turn;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.Containers;

/// <summary>The coturn that people deploy: what it thinks of the nodes' credentials, and a visit that nothing but it carries.</summary>
[Collection(ContainerCollection.Name)]
[Trait("Category", "Containers")]
public sealed partial class CoturnContainerTests(ContainerFixture containers)
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
    public async Task Browser_ThatReachesTheAgentOnlyThroughCoturn_OutlivesItsCredentialsTwice()
    {
        // Far shorter than the visit.
        var lifetime = TimeSpan.FromSeconds(12);
        var coturn = await containers.CoturnAsync();
        await using var target = await LabTarget.StartAsync();
        await using var suite = await PeerProxySuite.StartAsync(target.Url, new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = await containers.RedisAsync(),
            ["Turn:Secret"] = ContainerFixture.TurnSecret,
            ["Turn:Uris:0"] = $"turn:{coturn.IpAddress}:{ContainerFixture.TurnPort}?transport=tcp",
            ["Turn:Lifetime"] = $"{lifetime}",
            ["Turn:RenewBefore"] = $"{lifetime / 2}",
        });
        // Last: containers that start change the machine's network, which browsers take as a change of theirs.
        var chromium = BrowserInstallation.FindChromium();
        Assert.SkipUnless(chromium is not null, "chromium is not installed on this machine.");
        // A policy that companies set: no UDP from the browser itself. What is left is a relay reached by TCP.
        await using var browser = await ChromiumBrowser.StartAsync(chromium!, "--webrtc-ip-handling-policy=disable_non_proxied_udp");
        await using var tab = new SiteTab(await browser.NewPageAsync(), Route.Proxied, suite.Link);

        try
        {
            await tab.OpenAsync("/pages/1");
        }
        catch (TimeoutException e)
        {
            Assert.Fail($"{e.Message}\n{suite.Log.Tail(60)}\n{(await coturn.GetLogsAsync(ct: TestContext.Current.CancellationToken)).Stdout}");
        }

        await tab.WaitForTabAsync("return document.getElementById('badge').dataset.path === 'relayed'");
        const string Id = "through-coturn";
        await tab.RunAsync(
            """
            window.heard = '';
            const response = await fetch('/fed?id=' + arg);
            (async () => { for await (const text of response.body.pipeThrough(new TextDecoderStream())) { window.heard += text; } })();
            """,
            Id);
        // A browser may need more than one: containers of other tests change the machine's network too.
        var connections = suite.Log.CountOf("is connected (");
        var began = DateTime.UtcNow;
        var said = new StringBuilder();
        for (var number = 0; DateTime.UtcNow - began < lifetime * 2.5; number++)
        {
            said.Append(number).Append(' ');
            target.Feed(Id, $"{number} ");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await tab.WaitForAsync("return window.heard === arg", said.ToString());
        Assert.Equal(connections, suite.Log.CountOf("is connected ("));
        // A server that looks at the end of credentials again and again, as not even coturn does, finds nothing to refuse.
        var renewed = await VisitorAllocationsAsync(coturn, began);
        Assert.All(renewed, allocation => Assert.True(allocation.Used <= allocation.Ends, $"used at {allocation.Used:T}, ended at {allocation.Ends:T}"));
        Assert.Contains(renewed, allocation => allocation.Ends > began + (lifetime * 2));
    }

    /// <summary>When visitors made or prolonged an allocation since then, and when the credentials they did it with end.</summary>
    private static async Task<List<(DateTime Used, DateTime Ends)>> VisitorAllocationsAsync(IContainer coturn, DateTime since)
    {
        // Docker's clock stands before each line of the log.
        var (log, _) = await coturn.GetLogsAsync(since: since, timestampsEnabled: true);
        return [.. VisitorAllocation().Matches(log).Select(line =>
            (DateTime.Parse(line.Groups["used"].Value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal),
                DateTime.UnixEpoch.AddSeconds(long.Parse(line.Groups["ends"].Value, CultureInfo.InvariantCulture))))];
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

    /// <summary>A lifetime of 0 gives an allocation back.</summary>
    [GeneratedRegex(@"^(?<used>[\d-]+T[\d:.]+Z) .*(new|refreshed), realm=<\w+>, username=<(?<ends>\d+):v-[^>]+>, lifetime=[1-9]", RegexOptions.Multiline)]
    private static partial Regex VisitorAllocation();
}
