using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Sdp;

/// <summary>An offer or answer for data channels: RFC 8866 as far as RFC 8829, 8839, 8841 and 8842 need it for one SCTP association.</summary>
/// <remarks>Media sections other than the first usable one for data channels are kept by name only; answers refuse them.</remarks>
public sealed record SessionDescription
{
    /// <summary>What counts when a=max-message-size is absent (RFC 8841 section 6.1).</summary>
    public const long DefaultMaxMessageSize = 65_536;

    public const ushort DefaultSctpPort = 5000;

    /// <summary>sess-id of the o-line: stays the same for a session.</summary>
    public required ulong SessionId { get; init; }

    /// <summary>sess-version: goes up with each description of a session.</summary>
    public ulong Version { get; init; } = 1;

    public required IceCredentials IceCredentials { get; init; }

    public bool IsIceLite { get; init; }

    /// <summary>Tags of a=ice-options, e.g. "trickle", "ice2", "renomination".</summary>
    public IReadOnlyList<string> IceOptions { get; init; } = [];

    /// <summary>SHA-256 fingerprint of the certificate: upper-case hex pairs joined by colons.</summary>
    public required string Fingerprint { get; init; }

    public required DtlsSetup Setup { get; init; }

    /// <summary>All m-lines in order.</summary>
    public IReadOnlyList<SdpMediaSection> MediaSections { get; init; } = [];

    /// <summary>Index of the data channels' m-line in <see cref="MediaSections"/>.</summary>
    public int DataSectionIndex { get; init; }

    /// <summary>a=mid of the data channels' section; what trickled candidates name.</summary>
    public string Mid { get; init; } = "0";

    public ushort SctpPort { get; init; } = DefaultSctpPort;

    /// <summary>Largest message the describer takes, in bytes; 0 means any size.</summary>
    public long MaxMessageSize { get; init; } = DefaultMaxMessageSize;

    /// <summary>The describer's SCTP INIT chunk (a=sctp-init): spares the handshake when both sides send one.</summary>
    public ReadOnlyMemory<byte>? SctpInit { get; init; }

    public IReadOnlyList<IceCandidate> Candidates { get; init; } = [];

    /// <summary>a=end-of-candidates: nothing will be trickled.</summary>
    public bool IsEndOfCandidates { get; init; }

    /// <summary>Whether the describer said a=group:BUNDLE with this mid. Browsers refuse an answer that bundles what was not offered so.</summary>
    public bool IsBundled { get; init; } = true;

    /// <summary>True when messages of this size may be sent to the describer.</summary>
    public bool Accepts(long messageSize) => MaxMessageSize == 0 || messageSize <= MaxMessageSize;

    /// <summary>Reads a description. Never throws; the error names the line.</summary>
    public static bool TryParse(string? sdp, out SessionDescription? description, out SdpError error) =>
        SdpReader.TryRead(sdp, out description, out error);

    /// <summary>An answer to <paramref name="offer"/>: its m-lines in its order, all refused but the data channels'.</summary>
    /// <param name="preferred">Role this side wants when the offer leaves the choice.</param>
    public static SessionDescription CreateAnswer(SessionDescription offer, SdpLocalParameters local, DtlsSetup preferred = DtlsSetup.Active) =>
        Create(local, AnswerSetup(offer.Setup, preferred)) with
        {
            MediaSections = offer.MediaSections,
            DataSectionIndex = offer.DataSectionIndex,
            Mid = offer.Mid,
            IsBundled = offer.IsBundled,
        };

    /// <summary>An offer with one data-channel section.</summary>
    public static SessionDescription CreateOffer(SdpLocalParameters local, DtlsSetup setup = DtlsSetup.ActPass, string mid = "0") =>
        Create(local, setup) with
        {
            MediaSections = [new SdpMediaSection(SdpWriter.DataMedia, SdpWriter.DataProtocol, SdpWriter.DataFormat, mid)],
            Mid = mid,
        };

    /// <summary>RFC 8842 section 5.3: the answer to active is passive and the other way round.</summary>
    public static DtlsSetup AnswerSetup(DtlsSetup offered, DtlsSetup preferred) => offered switch
    {
        DtlsSetup.Active => DtlsSetup.Passive,
        DtlsSetup.Passive => DtlsSetup.Active,
        _ => preferred == DtlsSetup.Passive ? DtlsSetup.Passive : DtlsSetup.Active,
    };

    /// <summary>The text, lines ended by CR LF.</summary>
    public string Write() => SdpWriter.Write(this);

    /// <summary>Not the text: that holds the ICE password.</summary>
    public override string ToString() => $"mid {Mid}, {IceCredentials}, {Candidates.Count} candidates";

    private static SessionDescription Create(SdpLocalParameters local, DtlsSetup setup) => new()
    {
        SessionId = local.SessionId,
        Version = local.Version,
        IceCredentials = local.IceCredentials,
        IsIceLite = local.IsIceLite,
        IceOptions = local.IceOptions,
        Fingerprint = local.Fingerprint,
        Setup = setup,
        MaxMessageSize = local.MaxMessageSize,
        SctpInit = local.SctpInit,
        Candidates = local.Candidates,
        IsEndOfCandidates = local.IsEndOfCandidates,
    };
}
