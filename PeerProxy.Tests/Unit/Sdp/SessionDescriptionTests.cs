using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.Tests.Unit.Sdp;

public sealed class SessionDescriptionTests
{
    private static readonly string _fingerprint = string.Join(':', Enumerable.Repeat("A5", 32));

    public static TheoryData<string> Fixtures() => [.. Directory.GetFiles(Folder, "*.sdp").Select(file => Path.GetFileName(file)).Order()];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Vectors", "sdp");

    [Theory]
    [InlineData("chromium-offer.sdp", "tcvZ", DtlsSetup.ActPass, 262144, 2, 1, 0)]
    [InlineData("chromium-answer.sdp", "U8PN", DtlsSetup.Passive, 262144, 0, 1, 0)]
    [InlineData("chromium-offer-media.sdp", null, DtlsSetup.ActPass, 262144, null, 3, 2)]
    [InlineData("firefox-offer.sdp", "81d80257", DtlsSetup.ActPass, 1073741823, 4, 1, 0)]
    [InlineData("firefox-answer.sdp", null, DtlsSetup.Passive, 1073741823, 0, 1, 0)]
    [InlineData("firefox-offer-media.sdp", null, DtlsSetup.ActPass, 1073741823, null, 3, 2)]
    [InlineData("aiortc-offer.sdp", "KoUL", DtlsSetup.ActPass, 65536, 3, 1, 0)]
    [InlineData("safari-offer.sdp", "Yk3F", DtlsSetup.ActPass, 262144, 2, 1, 0)]
    public void Parse_OfBrowserDescription_FindsWhatConnects(
        string file, string? fragment, DtlsSetup setup, long maxMessageSize, int? candidates, int sections, int dataSection)
    {
        SessionDescription description = Parse(Read(file));
        Assert.True(fragment is null || fragment == description.IceCredentials.UsernameFragment);
        Assert.Equal(setup, description.Setup);
        Assert.Equal(maxMessageSize, description.MaxMessageSize);
        Assert.True(candidates is null || candidates == description.Candidates.Count);
        Assert.Equal(sections, description.MediaSections.Count);
        Assert.Equal(dataSection, description.DataSectionIndex);
        Assert.Equal(95, description.Fingerprint.Length);
        Assert.Equal(5000, description.SctpPort);
        Assert.Equal(file != "aiortc-offer.sdp", description.IceOptions.Contains("trickle"));
        Assert.True(description.IsBundled);
        Assert.False(description.IsIceLite);
    }

    [Fact]
    public void Parse_OfSnapOffer_HasTheInitChunk()
    {
        SessionDescription description = Parse(Read("chromium-snap-offer.sdp"));
        Assert.Equal("data", description.Mid);
        Assert.Equal(1, description.SctpInit!.Value.Span[0]);
        Assert.Equal(32, description.SctpInit.Value.Length);
        Assert.Equal(["trickle", "sped", "googspedv1"], description.IceOptions);
        Assert.Contains("a=sctp-init:AQAAH", SessionDescription.CreateAnswer(description, Local() with { SctpInit = description.SctpInit }).Write());
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Answer_ToBrowserOffer_KeepsSectionsAndRefusesOthers(string file)
    {
        SessionDescription offer = Parse(Read(file));
        string text = SessionDescription.CreateAnswer(offer, Local()).Write();
        SessionDescription answer = Parse(text);

        Assert.Equal(offer.MediaSections.Select(s => (s.Media, s.Mid)), answer.MediaSections.Select(s => (s.Media, s.Mid)));
        Assert.Equal(offer.DataSectionIndex, answer.DataSectionIndex);
        Assert.Equal(offer.Mid, answer.Mid);
        Assert.Equal(offer.Setup == DtlsSetup.Active ? DtlsSetup.Passive : DtlsSetup.Active, answer.Setup);
        Assert.Equal(offer.MediaSections.Count - 1, text.Split("\r\n").Count(line => line.StartsWith("m=", StringComparison.Ordinal) && line.Contains(" 0 ", StringComparison.Ordinal)));
        Assert.Contains($"a=group:BUNDLE {offer.Mid}\r\n", text);
    }

    [Fact]
    public void Answer_ToOfferWithSctpMap_IsInTheSameForm()
    {
        string answer = SessionDescription.CreateAnswer(Parse(Read("aiortc-offer.sdp")), Local()).Write();
        Assert.Contains("m=application 9 DTLS/SCTP 5000\r\n", answer);
        Assert.Contains("a=sctpmap:5000 webrtc-datachannel 65535\r\n", answer);
        Assert.DoesNotContain("a=sctp-port", answer);
        Assert.Equal(5000, Parse(answer).SctpPort);
    }

    [Fact]
    public void Description_WrittenAndRead_IsTheSame()
    {
        TransportAddress.TryParse("192.0.2.10", 40_000, out TransportAddress host);
        TransportAddress.TryParse("2001:db8::10", 40_001, out TransportAddress relayed);
        SdpLocalParameters local = Local() with
        {
            IsIceLite = true,
            IsEndOfCandidates = true,
            SctpInit = new byte[] { 1, 0, 0, 4, 255 },
            MaxMessageSize = 1_000_000,
            Candidates = [IceCandidate.Host(host, 0), IceCandidate.Relayed(relayed, host, 1)],
        };
        SessionDescription written = SessionDescription.CreateOffer(local, DtlsSetup.Active, "7");
        SessionDescription read = Parse(written.Write());

        Assert.Equal(written.IceCredentials, read.IceCredentials);
        Assert.Equal(written.Fingerprint, read.Fingerprint);
        Assert.Equal((written.Mid, written.Setup, written.MaxMessageSize, written.SessionId), (read.Mid, read.Setup, read.MaxMessageSize, read.SessionId));
        Assert.True(read.IsIceLite && read.IsEndOfCandidates && read.IsBundled);
        Assert.Contains("a=sctp-init:AQAABP8=\r\n", written.Write());
        Assert.Equal([1, 0, 0, 4, 255], read.SctpInit!.Value.ToArray());
        Assert.Equal(written.Candidates.Select(c => c.ToString()), read.Candidates.Select(c => c.ToString()));
        Assert.Equal(written.Write(), read.Write());
    }

    [Fact]
    public void Description_AsText_HidesThePassword()
    {
        SessionDescription offer = SessionDescription.CreateOffer(Local());
        Assert.DoesNotContain(offer.IceCredentials.Password, offer.ToString());
        Assert.DoesNotContain(offer.IceCredentials.Password, offer.IceCredentials.ToString());
    }

    [Theory]
    [InlineData(DtlsSetup.ActPass, DtlsSetup.Active, DtlsSetup.Active)]
    [InlineData(DtlsSetup.ActPass, DtlsSetup.Passive, DtlsSetup.Passive)]
    [InlineData(DtlsSetup.Active, DtlsSetup.Active, DtlsSetup.Passive)]
    [InlineData(DtlsSetup.Passive, DtlsSetup.Passive, DtlsSetup.Active)]
    public void AnswerSetup_ToOffer_TakesTheOtherPart(DtlsSetup offered, DtlsSetup preferred, DtlsSetup expected) =>
        Assert.Equal(expected, SessionDescription.AnswerSetup(offered, preferred));

    [Theory]
    [InlineData("a=fingerprint:sha-256 ", "a=fingerprint:sha-512 ", "fingerprints", 0)]
    [InlineData("a=setup:actpass", "a=setup:both", "a=setup", 14)]
    [InlineData("a=ice-ufrag:tcvZ\r\n", "", "ice-ufrag", 0)]
    [InlineData("a=ice-ufrag:tcvZ", "a=ice-ufrag:t z", "ice-ufrag", 0)]
    [InlineData("a=sctp-port:5000", "a=sctp-port:70000", "a=sctp-port", 16)]
    [InlineData("a=max-message-size:262144", "a=max-message-size:-1", "a=max-message-size", 17)]
    [InlineData("v=0", "v=1", "version", 1)]
    [InlineData("m=application 9 ", "m=application 0 ", "no media section", 0)]
    [InlineData("m=application 9 UDP/DTLS/SCTP", "m=application x UDP/DTLS/SCTP", "media port", 6)]
    [InlineData("a=extmap-allow-mixed\r\n", "", null, 0)]
    [InlineData("a=mid:0", "nonsense", "x=...", 15)]
    [InlineData("a=mid:0", "a=sctpmap:0 webrtc-datachannel 1", "a=sctp-port", 15)]
    [InlineData("a=mid:0", "a=sctpmap:5000 other 1", null, 0)]
    [InlineData("a=mid:0", "a=sctp-init:!!", "a=sctp-init", 15)]
    public void Parse_OfDamagedOffer_NamesTheLine(string find, string replace, string? fault, int line)
    {
        // Without the lines that are of no matter here, the numbers stay put.
        string sdp = Read("chromium-offer.sdp").Replace("a=extmap-allow-mixed\r\n", "").Replace("a=msid-semantic: WMS\r\n", "");
        sdp = sdp.Replace(find, replace);
        bool parsed = SessionDescription.TryParse(sdp, out _, out SdpError error);
        Assert.Equal(fault is null, parsed);
        if (fault is not null)
        {
            Assert.Contains(fault, error.ToString());
            Assert.Equal(line, error.Line);
        }
    }

    [Fact]
    public void Parse_OfSeveralFingerprints_TakesSha256()
    {
        string sdp = Read("chromium-offer.sdp").Replace("a=setup:actpass", "a=fingerprint:sha-1 AA:BB:CC\r\na=setup:actpass")
            .Replace("a=ice-options", "a=fingerprint:SHA-512 AA:BB:CC\r\na=ice-options");
        Assert.StartsWith("3D:A1:DE", Parse(sdp).Fingerprint);
    }

    [Fact]
    public void Parse_WithoutMaxMessageSize_UsesTheDefaultAndZeroMeansAny()
    {
        string sdp = Read("chromium-offer.sdp");
        SessionDescription without = Parse(sdp.Replace("a=max-message-size:262144\r\n", ""));
        Assert.Equal(SessionDescription.DefaultMaxMessageSize, without.MaxMessageSize);
        Assert.False(without.Accepts(65_537));
        Assert.True(Parse(sdp.Replace("a=max-message-size:262144", "a=max-message-size:0")).Accepts(long.MaxValue));
    }

    [Fact]
    public void Parse_OfHugeInput_IsRefused()
    {
        Assert.False(SessionDescription.TryParse(new string('a', SdpLimits.MaxLength + 1), out _, out _));
        Assert.False(SessionDescription.TryParse(string.Concat(Enumerable.Repeat("\n", SdpLimits.MaxLines + 2)) + "v=0", out _, out _));
        Assert.False(SessionDescription.TryParse(null, out _, out _));
        string flood = Read("chromium-offer.sdp") + string.Concat(Enumerable.Range(1, 800).Select(i => $"a=candidate:1 1 udp 1 192.0.2.1 {i} typ host\r\n"));
        Assert.Equal(SdpLimits.MaxCandidates, Parse(flood).Candidates.Count);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Parse_OfEveryTruncationAndFlip_NeverThrows(string file)
    {
        string sdp = Read(file);
        int step = sdp.Length > 2000 ? 7 : 1;
        for (int i = 0; i < sdp.Length; i += step)
        {
            SessionDescription.TryParse(sdp[..i], out _, out _);
            for (int bit = 0; bit < 8; bit += step)
            {
                char[] flipped = sdp.ToCharArray();
                flipped[i] ^= (char)(1 << bit);
                if (SessionDescription.TryParse(new string(flipped), out SessionDescription? description, out SdpError error))
                {
                    Assert.NotEmpty(description!.Write());
                }
                else
                {
                    Assert.NotEmpty(error.Message);
                }
            }
        }
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static SessionDescription Parse(string sdp)
    {
        Assert.True(SessionDescription.TryParse(sdp, out SessionDescription? description, out SdpError error), error.ToString());
        return description!;
    }

    private static SdpLocalParameters Local() => new()
    {
        SessionId = 42,
        IceCredentials = new IceCredentials("agentfrag0", "agentpasswordwith24chars"),
        Fingerprint = _fingerprint,
    };
}
