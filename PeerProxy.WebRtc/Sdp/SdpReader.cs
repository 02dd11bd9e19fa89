using System.Globalization;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Sdp;

/// <summary>Reads a description line by line. Attributes of the data section count first, then the session's, then those of its bundle.</summary>
internal sealed class SdpReader
{
    private readonly Section _session = new("", "", "", 0);
    private readonly List<Section> _sections = [];
    private string? _bundle;
    private ulong _sessionId;
    private ulong _version;
    private bool _isIceLite;
    private int _lineNumber;

    public static bool TryRead(string? sdp, out SessionDescription? description, out SdpError error)
    {
        description = null;
        if (string.IsNullOrWhiteSpace(sdp))
        {
            error = new SdpError(0, "the description is empty");
            return false;
        }

        if (sdp.Length > SdpLimits.MaxLength)
        {
            error = new SdpError(0, $"the description is longer than {SdpLimits.MaxLength} characters");
            return false;
        }

        var reader = new SdpReader();
        string? fault = reader.ReadLines(sdp);
        if (fault is not null)
        {
            error = new SdpError(reader._lineNumber, fault);
            return false;
        }

        error = reader.Build(out description);
        return description is not null;
    }

    private string? ReadLines(string sdp)
    {
        foreach (ReadOnlySpan<char> raw in sdp.AsSpan().EnumerateLines())
        {
            if (++_lineNumber > SdpLimits.MaxLines)
            {
                return "too many lines";
            }

            ReadOnlySpan<char> line = raw.TrimEnd();
            if (line.IsEmpty)
            {
                continue;
            }

            if (line.Length < 2 || line[1] != '=' || !char.IsAsciiLetterLower(line[0]))
            {
                return "not of the form x=...";
            }

            if (ReadLine(line[0], line[2..]) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private string? ReadLine(char type, ReadOnlySpan<char> value) => type switch
    {
        'v' => value.SequenceEqual("0") ? null : "only version 0 is known",
        'o' => ReadOrigin(value),
        'm' => ReadMedia(value),
        'a' => ReadAttribute(value),
        // s, t, c, b, i, k, r, u and the rest say nothing about data channels.
        _ => null,
    };

    private string? ReadOrigin(ReadOnlySpan<char> value)
    {
        Span<Range> parts = stackalloc Range[7];
        if (value.Split(parts, ' ') != 6)
        {
            return "the origin has not six parts";
        }

        // The ids are numbers of any size by RFC 8866; nothing depends on them, so an odd one is no reason to refuse.
        _ = ulong.TryParse(value[parts[1]], NumberStyles.None, CultureInfo.InvariantCulture, out _sessionId);
        _ = ulong.TryParse(value[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out _version);
        return null;
    }

    private string? ReadMedia(ReadOnlySpan<char> value)
    {
        if (_sections.Count >= SdpLimits.MaxMediaSections)
        {
            return "too many media sections";
        }

        Span<Range> parts = stackalloc Range[4];
        if (value.Split(parts, ' ') != 4)
        {
            return "the media line has not four parts";
        }

        ReadOnlySpan<char> port = value[parts[1]];
        int slash = port.IndexOf('/');
        if (!ushort.TryParse(slash < 0 ? port : port[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
        {
            return "the media port is not 0..65535";
        }

        _sections.Add(new Section(value[parts[0]].ToString(), value[parts[2]].ToString(), value[parts[3]].ToString(), number));
        return null;
    }

    private string? ReadAttribute(ReadOnlySpan<char> attribute)
    {
        Section section = _sections.Count > 0 ? _sections[^1] : _session;
        int colon = attribute.IndexOf(':');
        ReadOnlySpan<char> name = colon < 0 ? attribute : attribute[..colon];
        ReadOnlySpan<char> value = colon < 0 ? default : attribute[(colon + 1)..].Trim(' ');
        switch (name)
        {
            case "ice-lite":
                _isIceLite = true;
                return null;
            case "group" when value.StartsWith("BUNDLE", StringComparison.Ordinal):
                _bundle ??= value["BUNDLE".Length..].ToString();
                return null;
            case "ice-ufrag":
                section.Fragment = value.ToString();
                return null;
            case "ice-pwd":
                section.Password = value.ToString();
                return null;
            case "ice-options":
                section.IceOptions = value.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return null;
            case "end-of-candidates":
                section.IsEndOfCandidates = true;
                return null;
            case "bundle-only":
                section.IsBundleOnly = true;
                return null;
            case "mid":
                section.Mid = value.ToString();
                return null;
            case "setup":
                return ReadSetup(section, value);
            case "fingerprint":
                return ReadFingerprint(section, value);
            case "candidate":
                ReadCandidate(section, attribute);
                return null;
            case "sctp-port":
                return ReadSctpPort(section, value);
            case "sctpmap":
                return ReadSctpMap(section, value);
            case "max-message-size":
                return ReadMaxMessageSize(section, value);
            case "sctp-init":
                return ReadSctpInit(section, value);
            default:
                return null;
        }
    }

    private static string? ReadSetup(Section section, ReadOnlySpan<char> value)
    {
        section.Setup = value switch
        {
            "active" => DtlsSetup.Active,
            "passive" => DtlsSetup.Passive,
            "actpass" => DtlsSetup.ActPass,
            _ => null,
        };
        return section.Setup is null ? "a=setup is none of active, passive, actpass" : null;
    }

    private static string? ReadFingerprint(Section section, ReadOnlySpan<char> value)
    {
        if (!SdpFingerprint.TryParse(value, out SdpFingerprint? fingerprint))
        {
            return "a=fingerprint is malformed";
        }

        if (section.Fingerprints.Count >= SdpLimits.MaxFingerprints)
        {
            return "too many fingerprints";
        }

        section.Fingerprints.Add(fingerprint!);
        return null;
    }

    /// <summary>A candidate that cannot be read is left out, as if it had failed (RFC 8839 section 5.1).</summary>
    private static void ReadCandidate(Section section, ReadOnlySpan<char> attribute)
    {
        if (section.Candidates.Count < SdpLimits.MaxCandidates && CandidateLine.TryParse(attribute, out IceCandidate? candidate, out _))
        {
            section.Candidates.Add(candidate!);
        }
    }

    private static string? ReadSctpPort(Section section, ReadOnlySpan<char> value)
    {
        bool valid = ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port != 0;
        section.SctpPort = port;
        return valid ? null : "a=sctp-port or a=sctpmap is not 1..65535";
    }

    /// <summary>The form before RFC 8841, e.g. "5000 webrtc-datachannel 65535": the media line names the port instead of the protocol.</summary>
    private static string? ReadSctpMap(Section section, ReadOnlySpan<char> value)
    {
        Span<Range> parts = stackalloc Range[4];
        int count = value.Split(parts, ' ', StringSplitOptions.RemoveEmptyEntries);
        if (count < 2 || !value[parts[1]].SequenceEqual(SdpWriter.DataFormat))
        {
            // Another use of SCTP than data channels.
            return null;
        }

        section.MapsFormat = value[parts[0]].ToString();
        return ReadSctpPort(section, value[parts[0]]);
    }

    private static string? ReadMaxMessageSize(Section section, ReadOnlySpan<char> value)
    {
        bool valid = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long size);
        section.MaxMessageSize = size;
        return valid ? null : "a=max-message-size is not a number";
    }

    private static string? ReadSctpInit(Section section, ReadOnlySpan<char> value)
    {
        const string Fault = "a=sctp-init is not base64 of an INIT chunk";
        if (value.Length > SdpLimits.MaxSctpInitLength * 4 / 3)
        {
            return Fault;
        }

        // Some write it unpadded; the decoder wants the padding.
        string padded = value.TrimEnd('=').ToString();
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        var bytes = new byte[SdpLimits.MaxSctpInitLength];
        if (padded.Length == 0 || !Convert.TryFromBase64String(padded, bytes, out int written))
        {
            return Fault;
        }

        section.SctpInit = bytes.AsMemory(0, written);
        return null;
    }

    private SdpError Build(out SessionDescription? description)
    {
        description = null;
        int index = _sections.FindIndex(static section => section.IsData);
        if (index < 0)
        {
            return new SdpError(0, "no media section for data channels (m=application ... webrtc-datachannel)");
        }

        Section data = _sections[index];
        string[] bundle = _bundle?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        bool isBundled = data.Mid is not null && bundle.Contains(data.Mid);
        var sources = new List<Section> { data, _session };
        if (isBundled)
        {
            // Bundled sections share one transport; it may be described once only (RFC 9143 section 7.1.3).
            sources.AddRange(_sections.Where(section => section != data && section.Mid is not null && bundle.Contains(section.Mid)));
        }

        string? fragment = First(sources, static section => section.Fragment);
        string? password = First(sources, static section => section.Password);
        if (fragment is null || password is null)
        {
            return new SdpError(0, "a=ice-ufrag or a=ice-pwd is missing");
        }

        var credentials = new IceCredentials(fragment, password);
        if (!credentials.IsValid())
        {
            return new SdpError(0, "a=ice-ufrag or a=ice-pwd has an illegal length or character");
        }

        Section? hashed = sources.Find(static section => section.Fingerprints.Count > 0);
        SdpFingerprint? fingerprint = hashed?.Fingerprints.Find(static candidate => candidate.Algorithm == SdpFingerprint.Sha256);
        if (fingerprint is null)
        {
            return new SdpError(0, hashed is null ? "a=fingerprint is missing" : "no sha-256 among the fingerprints");
        }

        description = new SessionDescription
        {
            SessionId = _sessionId,
            Version = _version,
            IceCredentials = credentials,
            IsIceLite = _isIceLite,
            IceOptions = First(sources, static section => section.IceOptions) ?? [],
            Fingerprint = fingerprint.Value,
            // RFC 8842 section 5.1: absent means active in an answer; an offer always has it.
            Setup = sources.Find(static section => section.Setup is not null)?.Setup ?? DtlsSetup.Active,
            MediaSections = _sections.ConvertAll(static section => section.ToMediaSection()),
            DataSectionIndex = index,
            Mid = data.Mid ?? "0",
            SctpPort = data.SctpPort ?? SessionDescription.DefaultSctpPort,
            MaxMessageSize = data.MaxMessageSize ?? SessionDescription.DefaultMaxMessageSize,
            SctpInit = data.SctpInit,
            Candidates = sources.Find(static section => section.Candidates.Count > 0)?.Candidates ?? [],
            IsEndOfCandidates = data.IsEndOfCandidates || _session.IsEndOfCandidates,
            IsBundled = isBundled,
        };
        return default;
    }

    private static T? First<T>(List<Section> sources, Func<Section, T?> select)
        where T : class
    {
        foreach (Section section in sources)
        {
            if (select(section) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    private sealed class Section(string media, string protocol, string formats, ushort port)
    {
        public string? Mid { get; set; }

        public string? Fragment { get; set; }

        public string? Password { get; set; }

        public string[]? IceOptions { get; set; }

        public DtlsSetup? Setup { get; set; }

        public ushort? SctpPort { get; set; }

        /// <summary>The format a=sctpmap gives to data channels.</summary>
        public string? MapsFormat { get; set; }

        public long? MaxMessageSize { get; set; }

        public ReadOnlyMemory<byte>? SctpInit { get; set; }

        public bool IsEndOfCandidates { get; set; }

        public bool IsBundleOnly { get; set; }

        public List<SdpFingerprint> Fingerprints { get; } = [];

        public List<IceCandidate> Candidates { get; } = [];

        /// <summary>Port 0 means refused, unless it only says that the section lives in a bundle (RFC 9143 section 6).</summary>
        public bool IsData =>
            media == SdpWriter.DataMedia
            && protocol is "UDP/DTLS/SCTP" or "TCP/DTLS/SCTP" or "DTLS/SCTP"
            && formats.Trim() == (MapsFormat ?? SdpWriter.DataFormat)
            && (port != 0 || IsBundleOnly);

        public SdpMediaSection ToMediaSection() => new(media, protocol, formats, Mid);
    }
}
