using System.Text.RegularExpressions;

namespace PeerProxy.Tests.Networks;

/// <summary>A session outlives its path: cuts, forgetful routers, other addresses.</summary>
[Collection(NetworkCollection.Name)]
[Trait("Category", "Networks")]
public sealed partial class ChangingPathTests(NetworkFixture fixture)
{
    private const string Nat = "port-restricted";

    /// <summary>The demo download's hash is on its page.</summary>
    private const string StartDownload = """
        const hash = (await (await fetch('/files')).text()).match(/[0-9a-f]{64}/)[0];
        window.downloaded = 0;
        window.pause = 0;
        window.outcome = undefined;
        (async () => {
          const response = await fetch('/files/tideline.bin');
          const reader = response.body.getReader();
          const parts = [];
          for (let at = performance.now(), now; ; at = now) {
            const { done, value } = await reader.read();
            if (done) { break; }
            now = performance.now();
            window.pause = Math.max(window.pause, now - at);
            parts.push(value);
            window.downloaded += value.length;
          }
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()));
          const actual = Array.from(digest, b => b.toString(16).padStart(2, '0')).join('');
          window.outcome = actual === hash ? 'whole' : 'damaged';
        })().catch(error => { window.outcome = String(error); });
        """;

    [Theory]
    [InlineData("path cut for 10 s")]
    [InlineData("agent's router restarts")]
    [InlineData("browser gets another address")]
    [InlineData("agent gets another address")]
    public async Task Download_WhilePathChanges_ResumesInSameSession(string change)
    {
        var suite = await fixture.WithNatsAsync(Nat, Nat);
        // Slow enough for the change to come in the middle: the cut is 10 s.
        await suite.Lab.RunAsync(change.StartsWith("path cut", StringComparison.Ordinal) ? "set browser rate=12" : "set browser rate=30");
        try
        {
            await using var visit = await LabVisit.OpenAsync(suite);
            var sessions = Sessions(suite);
            await visit.Page.RunInFrameAsync(StartDownload);
            await visit.WaitForAsync(() => visit.Page.RunInFrameAsync("return window.downloaded > 1000000"), "the download's start");

            await ChangeAsync(suite, change);

            await visit.WaitForAsync(() => visit.Page.RunInFrameAsync("return window.outcome !== undefined"), $"the download's end after: {change}");
            Assert.Equal("whole", (await visit.Page.RunInFrameAsync("return window.outcome")).GetString());
            Assert.Equal(sessions, Sessions(suite));
            fixture.Table.AddChange(change, "goes on in the same session, hash equal", (await visit.Page.RunInFrameAsync("return window.pause")).GetDouble() / 1000);
        }
        finally
        {
            await suite.Lab.RunAsync("set browser rate=0");
            await RestoreAddressesAsync(suite);
        }
    }

    /// <summary>Long enough for both sides to give the session up: a new one takes over, and the page does not notice but for what was on its way.</summary>
    [Fact]
    public async Task Page_AfterACutOf30Seconds_GoesOnByItself()
    {
        var suite = await fixture.WithNatsAsync(Nat, Nat);
        await suite.Lab.RunAsync("set browser rate=12");
        try
        {
            await using var visit = await LabVisit.OpenAsync(suite);
            await visit.Page.RunInFrameAsync("window.mark = 'same page';" + StartDownload);
            await visit.WaitForAsync(() => visit.Page.RunInFrameAsync("return window.downloaded > 300000"), "the download's start");

            await suite.Lab.RunAsync("cut browser 30");
            await visit.Page.RunInFrameAsync("fetch('/files').then(async response => { window.answer = (await response.text()).length; }, error => { window.answer = String(error); })");

            await visit.WaitForAsync(() => visit.Page.RunInFrameAsync("return typeof window.answer === 'number' && window.answer > 0 && window.mark === 'same page'"), "the request made in the cut");
            await visit.WaitForAsync(() => visit.Page.RunInFrameAsync("return window.outcome !== undefined"), "the download's end");
            Assert.NotEqual("damaged", (await visit.Page.RunInFrameAsync("return window.outcome")).GetString());
            await visit.WaitForAsync(() => visit.Page.RunAsync("return document.getElementById('notice').hidden && document.getElementById('screen').hidden"), "a quiet shell");
            fixture.Table.AddChange("path cut for 30 s", "the page stays and its next request is answered; the download ends with an error or whole", (await visit.Page.RunInFrameAsync("return window.pause")).GetDouble() / 1000);
        }
        finally
        {
            await suite.Lab.RunAsync("set browser rate=0");
        }
    }

    [Fact]
    public async Task Visit_AfterAgentsRouterForgotIt_IsDirect()
    {
        var suite = await fixture.WithNatsAsync(Nat, Nat);
        await suite.Lab.RunAsync("nat-flush agent");

        await using var visit = await LabVisit.OpenAsync(suite);

        Assert.True(await visit.SettlesOnAsync("direct"), $"the path stayed {visit.Path}");
    }

    private static async Task ChangeAsync(NetworkSuite suite, string change)
    {
        switch (change)
        {
            case "path cut for 10 s":
                await suite.Lab.RunAsync("cut browser 10");
                break;
            case "agent's router restarts":
                await suite.Lab.RunAsync("nat-flush agent");
                break;
            case "browser gets another address":
                await ReplaceAddressAsync(suite, "browser", "10.77.102.2", "10.77.102.9", "10.77.102.1");
                break;
            default:
                await ReplaceAddressAsync(suite, "agent", "10.77.101.2", "10.77.101.9", "10.77.101.1");
                break;
        }
    }

    private static async Task RestoreAddressesAsync(NetworkSuite suite)
    {
        foreach (var (host, net) in new[] { ("agent", "10.77.101"), ("browser", "10.77.102") })
        {
            if ((await suite.Lab.RunOnAsync(host, "ip -4 addr show dev eth0")).Contains($"{net}.9/", StringComparison.Ordinal))
            {
                await ReplaceAddressAsync(suite, host, $"{net}.9", $"{net}.2", $"{net}.1");
            }
        }
    }

    private static async Task ReplaceAddressAsync(NetworkSuite suite, string host, string old, string other, string router)
    {
        await suite.Lab.RunOnAsync(host, $"ip addr del {old}/24 dev eth0");
        await suite.Lab.RunOnAsync(host, $"ip addr add {other}/24 dev eth0");
        await suite.Lab.RunOnAsync(host, $"ip route replace default via {router}");
    }

    private static int Sessions(NetworkSuite suite) => ConnectedLine().Count(suite.Agent.Log);

    [GeneratedRegex("Visitor .* is connected")]
    private static partial Regex ConnectedLine();
}
