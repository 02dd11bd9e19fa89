using PeerProxy.Fuzz.Targets;

namespace PeerProxy.Fuzz;

/// <summary>Every parser of bytes from outside, by name.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<IFuzzTarget> Create() =>
    [
        new StunTarget(),
        new TurnChannelDataTarget(),
        new TurnStreamTarget(),
        new DtlsRecordTarget(),
        new SctpTarget(),
        new DcepTarget(),
        new SdpTarget(),
        new CandidateTarget(),
        new MdnsTarget(),
        new TunnelFrameTarget(),
        new TunnelHeadTarget(),
    ];
}
