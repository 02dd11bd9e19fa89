using System.Globalization;
using System.Text.Json;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.Networks;

/// <summary>How many round trips lie between Chromium's offer and its open channels, on a path so long that the machine's own time counts little.</summary>
[Collection(NetworkCollection.Name)]
[Trait("Category", "Networks")]
public sealed class RoundTripTests(NetworkFixture fixture)
{
    private const int RoundTripMilliseconds = 400;

    /// <summary>Plain stacks need five or more: ICE 1, DTLS 2, SCTP 2.</summary>
    private const double MaxRoundTrips = 4.5;

    /// <summary>The best one counts: a busy machine adds time, never takes any.</summary>
    private const int Visits = 3;

    private const string Nat = "port-restricted";

    /// <summary>Notes when each step was reached, in milliseconds on the clock of the document.</summary>
    private const string Marks = """
        window.marks = {};
        const mark = name => { window.marks[name] ??= performance.now(); };
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(configuration) {
            super(configuration);
            this.addEventListener('iceconnectionstatechange', () => mark('ice ' + this.iceConnectionState));
            this.addEventListener('connectionstatechange', () => mark('dtls ' + this.connectionState));
          }
          setLocalDescription(description) {
            mark('offer');
            return super.setLocalDescription(description);
          }
          async setRemoteDescription(description) {
            mark('answer');
            await super.setRemoteDescription(description);
            const note = () => mark('sctp ' + this.sctp.state);
            note();
            this.sctp.addEventListener('statechange', note);
          }
        };
        """;

    [Fact]
    public async Task OfferToOpenChannels_OverDirectPath_TakesFewRoundTripsBesidesSignaling()
    {
        var suite = await fixture.WithNatsAsync(Nat, Nat);
        await suite.Lab.RunAsync($"set agent rtt={RoundTripMilliseconds / 2}");
        await suite.Lab.RunAsync($"set browser rtt={RoundTripMilliseconds / 2}");
        try
        {
            var best = double.MaxValue;
            for (var i = 0; i < Visits && best > MaxRoundTrips; i++)
            {
                await using var visit = await LabVisit.OpenAsync(suite, prepareAsync: page => ((ChromiumPage)page).Page.AddInitScriptAsync(Marks));
                Assert.Equal("direct", visit.Path);
                var marks = await visit.Page.RunAsync("return window.marks");
                var open = RoundTrips(marks, "sctp connected", "answer");
                TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"answer {RoundTrips(marks, "answer", "offer"):0.00} R after the offer; from there ICE {RoundTrips(marks, "ice connected", "answer"):0.00} R, DTLS {RoundTrips(marks, "dtls connected", "answer"):0.00} R, SCTP {open:0.00} R"));
                best = Math.Min(best, open);
            }

            Assert.InRange(best, 0, MaxRoundTrips);
        }
        finally
        {
            await suite.Lab.RunAsync("set agent rtt=10");
            await suite.Lab.RunAsync("set browser rtt=10");
        }
    }

    private static double RoundTrips(JsonElement marks, string end, string start) =>
        (marks.GetProperty(end).GetDouble() - marks.GetProperty(start).GetDouble()) / RoundTripMilliseconds;
}
