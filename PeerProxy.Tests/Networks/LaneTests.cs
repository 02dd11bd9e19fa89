using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.Networks;

/// <summary>An upload on a path that loses packets goes over several associations, and arrives whole.</summary>
[Collection(NetworkCollection.Name)]
[Trait("Category", "Networks")]
public sealed class LaneTests(NetworkFixture fixture)
{
    private const string Nat = "port-restricted";
    private const int LeastConnections = 4;

    private const string CountConnections = """
        window.connections = [];
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(configuration) {
            super(configuration);
            window.connections.push(this);
          }
        };
        """;

    /// <summary>The target answers with the hash of what it got.</summary>
    private const string Upload = """
        const hex = async bytes => Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), b => b.toString(16).padStart(2, '0')).join('');
        const body = new Uint8Array(6_000_000);
        for (let at = 0; at < body.length; at += 65536) { crypto.getRandomValues(body.subarray(at, Math.min(at + 65536, body.length))); }
        const answer = await (await fetch('/files/raw', { method: 'PUT', body })).json();
        return answer.size === body.length && answer.sha256 === await hex(body);
        """;

    [Fact]
    public async Task Upload_OnLossyPath_OpensLanesAndArrivesWhole()
    {
        var suite = await fixture.WithNatsAsync(Nat, Nat);
        await suite.Lab.RunAsync("set browser up.loss=2");
        try
        {
            await using var visit = await LabVisit.OpenAsync(suite, prepareAsync: page => ((ChromiumPage)page).Page.AddInitScriptAsync(CountConnections));

            Assert.True((await visit.Page.RunInFrameAsync(Upload)).GetBoolean());

            var connected = await visit.Page.RunAsync("return window.connections.filter(connection => connection.connectionState === 'connected').length");
            Assert.InRange(connected.GetInt32(), LeastConnections, 8);
        }
        finally
        {
            await suite.Lab.RunAsync("set browser up.loss=0");
        }
    }
}
