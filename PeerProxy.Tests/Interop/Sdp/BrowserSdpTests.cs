using PeerProxy.Tests.Simulation.Ice;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.Tests.Interop.Sdp;

/// <summary>What browsers write is read, and what is written here is taken by browsers. No packets are exchanged.</summary>
[Trait("Category", "Interop")]
public sealed class BrowserSdpTests
{
    private const string MakeOffer =
        """
        const pc = window.pc = new RTCPeerConnection();
        if (arg.media) { pc.addTransceiver('audio'); pc.addTransceiver('video'); }
        pc.createDataChannel('x');
        const gathered = new Promise(r => pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && r());
        await pc.setLocalDescription(await pc.createOffer());
        await Promise.race([gathered, new Promise(r => setTimeout(r, 5000))]);
        return pc.localDescription.sdp;
        """;

    private const string TakeAnswer =
        """
        await window.pc.setRemoteDescription({ type: 'answer', sdp: arg.sdp });
        return window.pc.signalingState + ' ' + window.pc.sctp.maxMessageSize;
        """;

    private const string AnswerOffer =
        """
        const pc = window.pc2 = new RTCPeerConnection();
        await pc.setRemoteDescription({ type: 'offer', sdp: arg.sdp });
        await pc.setLocalDescription(await pc.createAnswer());
        return pc.localDescription.sdp;
        """;

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Offers_OfBrowser_AreReadAndOurAnswersTaken(string name)
    {
        await using IBrowser browser = await BrowserInstallation.StartOrSkipAsync(name);
        await using IBrowserPage page = await browser.NewPageAsync();
        await page.GotoAsync("data:text/html,<title>sdp</title>");
        foreach (bool media in new[] { false, true })
        {
            string sdp = (await page.RunAsync(MakeOffer, new { media })).GetString()!;
            Assert.True(SessionDescription.TryParse(sdp, out SessionDescription? offer, out SdpError error), $"{error}\n{sdp}");
            Assert.Equal(DtlsSetup.ActPass, offer!.Setup);
            Assert.Equal(media ? 3 : 1, offer.MediaSections.Count);

            string answer = SessionDescription.CreateAnswer(offer, Local(isLite: false)).Write();
            Assert.Equal("stable 262144", (await page.RunAsync(TakeAnswer, new { sdp = answer })).GetString());
        }
    }

    [Theory]
    [InlineData(BrowserInstallation.Chromium)]
    [InlineData(BrowserInstallation.Firefox)]
    public async Task Offers_OfOurs_AreAnsweredByBrowser(string name)
    {
        await using IBrowser browser = await BrowserInstallation.StartOrSkipAsync(name);
        await using IBrowserPage page = await browser.NewPageAsync();
        await page.GotoAsync("data:text/html,<title>sdp</title>");
        foreach (DtlsSetup setup in new[] { DtlsSetup.ActPass, DtlsSetup.Active })
        {
            string offer = SessionDescription.CreateOffer(Local(isLite: setup == DtlsSetup.Active), setup).Write();
            string sdp = (await page.RunAsync(AnswerOffer, new { sdp = offer })).GetString()!;
            Assert.True(SessionDescription.TryParse(sdp, out SessionDescription? answer, out SdpError error), $"{error}\n{sdp}");
            Assert.Equal(setup == DtlsSetup.Active ? DtlsSetup.Passive : DtlsSetup.Active, answer!.Setup);
            Assert.Equal("0", answer.Mid);
        }
    }

    private static SdpLocalParameters Local(bool isLite)
    {
        TransportAddress.TryParse("192.0.2.10", 40_000, out TransportAddress host);
        TransportAddress.TryParse("2001:db8::10", 40_000, out TransportAddress host6);
        TransportAddress.TryParse("203.0.113.10", 40_000, out TransportAddress reflexive);
        return new SdpLocalParameters
        {
            SessionId = 4_611_686_018_427_387_904,
            IceCredentials = IceCredentials.Create("agentfragment1", new SeededRandom(1)),
            Fingerprint = string.Join(':', Enumerable.Repeat("A5", 32)),
            IsIceLite = isLite,
            IsEndOfCandidates = true,
            Candidates = [IceCandidate.Host(host, 0), IceCandidate.Host(host6, 1), IceCandidate.ServerReflexive(reflexive, host, 0)],
        };
    }
}
