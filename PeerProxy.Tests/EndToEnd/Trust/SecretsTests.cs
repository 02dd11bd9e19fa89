using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Tests.EndToEnd.FirstLight;
using PeerProxy.Tests.Functional.Signaling;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.EndToEnd.Trust;

/// <summary>Every part logs all it can and traces everything: what is secret stands nowhere.</summary>
[Collection(FirstLightCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class SecretsTests(FirstLightFixture fixture)
{
    /// <summary>A whole visit at the most verbose level is some thousands of lines.</summary>
    private const int KeptLines = 500_000;

    private const string TurnSecret = "turn-secret-5d1a";
    private const string FormPassword = "password-in-a-form-77c2";
    private const string Authorization = "authorization-9be0";
    private const string ScriptCookie = "cookie-of-a-script-31f4";
    private const string SessionCookie = "cookie-of-the-target-8a41";
    private const string SocketMessage = "message-on-a-socket-c80e";

    [Fact]
    public async Task LogsTracesAndErrors_OfAWholeVisitAtTheMostVerboseLevel_HoldNoSecret()
    {
        using var log = new SuiteLog(LogLevel.Trace, KeptLines);
        var spans = new ConcurrentQueue<string>();
        using var tracing = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => spans.Enqueue(
                $"{span.Source.Name} {span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Baggage)} "
                + string.Join(' ', span.Events.Select(happened => $"{happened.Name} {string.Join(' ', happened.Tags)}"))),
        };
        ActivitySource.AddActivityListener(tracing);
        await using var lab = await LabTarget.StartAsync();
        Dictionary<string, string> secrets;
        await using (var suite = await PeerProxySuite.StartAsync(lab.Url, TurnSettings(), log))
        {
            secrets = await SecretsOfAsync(suite);
            await VisitAsync(suite);
        }

        Assert.True(log.Count is > 100 and < KeptLines, $"{log.Count} lines were logged.");
        Assert.Contains(spans, span => span.Contains("signal offer", StringComparison.Ordinal));
        foreach (var (name, secret) in secrets)
        {
            Assert.True(secret.Length > 8, $"{name} is too short to be looked for.");
            var lines = log.Lines.Concat(spans).Where(line => line.Contains(secret, StringComparison.OrdinalIgnoreCase)).Take(3);
            Assert.True(!lines.Any(), $"{name} stands in:\n{string.Join('\n', lines)}");
        }
    }

    /// <summary>Nothing listens there: failing to reach a relay is when credentials are likely to end up in a message.</summary>
    private static Dictionary<string, string?> TurnSettings() => new()
    {
        ["Turn:Secret"] = TurnSecret,
        ["Turn:Uris:0"] = $"turn:127.0.0.1:{RedisProcess.FreePort()}?transport=tcp",
    };

    private static async Task<Dictionary<string, string>> SecretsOfAsync(PeerProxySuite suite)
    {
        await using var visitor = await TestSocket.OpenAsync(suite.EdgeUrl, suite.Link.Host.Split('.')[0]);
        var servers = await visitor.ExpectAsync<IceServersPayload>();
        var key = await File.ReadAllLinesAsync(Path.Combine(suite.AgentDataFolder, AgentKeyStore.KeyFileName));
        return new Dictionary<string, string>
        {
            ["The TURN secret"] = TurnSecret,
            ["A TURN credential"] = servers.IceServers[0].Credential!,
            ["The agent's private key"] = key[1],
            ["The link's fragment"] = suite.Link.Fragment.TrimStart('#'),
            ["A field of a form"] = FormPassword,
            ["A request's Authorization"] = Authorization,
            ["An HttpOnly cookie"] = SessionCookie,
            ["A cookie set by a script"] = ScriptCookie,
            ["A WebSocket message"] = SocketMessage,
        };
    }

    private async Task VisitAsync(PeerProxySuite suite)
    {
        var browser = await fixture.BrowserAsync(BrowserInstallation.Chromium);
        await using var tab = new SiteTab(await browser.NewPageAsync(), Route.Proxied, suite.Link);
        await tab.OpenAsync("/pages/1");
        var cookies = await tab.RunAsync(
            """
            document.cookie = 'script=' + arg.cookie;
            await fetch('/login', { method: 'POST', body: new URLSearchParams({ user: arg.session, password: arg.password }), headers: { authorization: 'Bearer ' + arg.authorization } });
            await new Promise((resolve, reject) => {
              const socket = new WebSocket('/socket');
              socket.onopen = () => socket.send(arg.message);
              socket.onmessage = () => { socket.close(); resolve(); };
              socket.onerror = reject;
            });
            await fetch('/no/such/page');
            return await (await fetch('/cookies')).json();
            """,
            new { session = SessionCookie, cookie = ScriptCookie, password = FormPassword, authorization = Authorization, message = SocketMessage });
        Assert.Contains(SessionCookie, cookies.ToString(), StringComparison.Ordinal);
    }
}
