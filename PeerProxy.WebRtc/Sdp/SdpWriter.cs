using System.Globalization;
using System.Text;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Sdp;

/// <summary>Writes a <see cref="SessionDescription"/>: the least that Chromium, Firefox and Safari take.</summary>
internal static class SdpWriter
{
    public const string DataMedia = "application";
    public const string DataProtocol = "UDP/DTLS/SCTP";
    public const string DataFormat = "webrtc-datachannel";

    public static string Write(SessionDescription description)
    {
        var sdp = new StringBuilder(1024);
        Line(sdp, "v=0");
        Line(sdp, $"o=- {description.SessionId} {description.Version} IN IP4 127.0.0.1");
        Line(sdp, "s=-");
        Line(sdp, "t=0 0");
        if (description.IsIceLite)
        {
            Line(sdp, "a=ice-lite");
        }

        if (description.IsBundled)
        {
            Line(sdp, $"a=group:BUNDLE {description.Mid}");
        }

        for (int i = 0; i < description.MediaSections.Count; i++)
        {
            SdpMediaSection section = description.MediaSections[i];
            if (i == description.DataSectionIndex)
            {
                WriteDataSection(sdp, description, section);
            }
            else
            {
                WriteRefusedSection(sdp, section);
            }
        }

        return sdp.ToString();
    }

    private static void WriteDataSection(StringBuilder sdp, SessionDescription description, SdpMediaSection section)
    {
        // Port 9 and 0.0.0.0: the addresses are in the candidates (RFC 8840 section 4.1.1).
        Line(sdp, $"m={DataMedia} 9 {section.Protocol} {section.Formats}");
        Line(sdp, "c=IN IP4 0.0.0.0");
        foreach (IceCandidate candidate in description.Candidates)
        {
            Line(sdp, $"a={CandidateLine.Write(candidate)}");
        }

        if (description.IsEndOfCandidates)
        {
            Line(sdp, "a=end-of-candidates");
        }

        Line(sdp, $"a=ice-ufrag:{description.IceCredentials.UsernameFragment}");
        Line(sdp, $"a=ice-pwd:{description.IceCredentials.Password}");
        if (description.IceOptions.Count > 0)
        {
            Line(sdp, $"a=ice-options:{string.Join(' ', description.IceOptions)}");
        }

        Line(sdp, $"a=fingerprint:{SdpFingerprint.Sha256} {description.Fingerprint}");
        Line(sdp, $"a=setup:{SetupText(description.Setup)}");
        Line(sdp, $"a=mid:{description.Mid}");
        if (section.Formats.Trim() == DataFormat)
        {
            Line(sdp, $"a=sctp-port:{description.SctpPort}");
        }
        else
        {
            // An offer in the form before RFC 8841 is answered in it; 65535 is the largest number of streams.
            Line(sdp, $"a=sctpmap:{section.Formats.Trim()} {DataFormat} 65535");
        }

        Line(sdp, $"a=max-message-size:{description.MaxMessageSize}");
        if (description.SctpInit is { } init)
        {
            // With the padding of base64: Chromium refuses the whole description without it.
            Line(sdp, $"a=sctp-init:{Convert.ToBase64String(init.Span)}");
        }
    }

    /// <summary>Port 0 refuses a section; its formats must still be there (RFC 8829 section 5.3.1).</summary>
    private static void WriteRefusedSection(StringBuilder sdp, SdpMediaSection section)
    {
        Line(sdp, $"m={section.Media} 0 {section.Protocol} {section.Formats}");
        Line(sdp, "c=IN IP4 0.0.0.0");
        if (section.Mid is not null)
        {
            Line(sdp, $"a=mid:{section.Mid}");
        }

        if (section.Media != DataMedia)
        {
            Line(sdp, "a=inactive");
        }
    }

    private static string SetupText(DtlsSetup setup) => setup switch
    {
        DtlsSetup.Active => "active",
        DtlsSetup.Passive => "passive",
        _ => "actpass",
    };

    private static void Line(StringBuilder sdp, FormattableString line) => Line(sdp, line.ToString(CultureInfo.InvariantCulture));

    private static void Line(StringBuilder sdp, string line) => sdp.Append(line).Append("\r\n");
}
