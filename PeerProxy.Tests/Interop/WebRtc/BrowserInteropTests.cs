using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Interop.WebRtc;

[Trait("Category", "Interop")]
public class BrowserInteropTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Connect_BrowserOffers_TransportIsUp(string name)
    {
        await using var browser = await BrowserInstallation.StartOrSkipAsync(name);
        await using var server = await PageServer.StartAsync(BrowserPeer.Html);
        await using var page = await browser.NewPageAsync();
        await page.GotoAsync(server.Url);
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions());
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());
        var peer = new BrowserPeer(page);

        await peer.ConnectToAsync(connection, "peer.channel('t', { negotiated: true, id: 0 });");

        var state = await page.RunAsync(
            "for (let i = 0; i < 300 && peer.pc.connectionState !== 'connected'; i++) await new Promise(r => setTimeout(r, 100)); return peer.pc.connectionState;");
        Assert.Equal("connected", state.GetString());
        Assert.NotNull(connection.SelectedPath);
    }
}
