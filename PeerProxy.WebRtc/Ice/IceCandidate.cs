using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.WebRtc.Ice;

/// <summary>A local or remote candidate (RFC 8445 section 5.1, RFC 8839 section 5.1).</summary>
public sealed record IceCandidate
{
    /// <summary>The only component of a data-channel session.</summary>
    public const int DataComponent = 1;

    /// <summary><see cref="BaseId"/> of a remote candidate.</summary>
    public const int NoBase = -1;

    public required IceCandidateType Type { get; init; }

    /// <summary>Where checks are sent; default while <see cref="HostName"/> is unresolved.</summary>
    public required TransportAddress Address { get; init; }

    /// <summary>RFC 8445 section 5.1.2; 1..2^31-1, higher is better.</summary>
    public required uint Priority { get; init; }

    public string Foundation { get; init; } = "0";

    public int Component { get; init; } = DataComponent;

    /// <summary>Local candidates: which socket or TURN allocation sends for it. The driver chooses the numbers (0 and above).</summary>
    public int BaseId { get; init; } = NoBase;

    /// <summary>Base of a reflexive candidate, mapped address of a relayed one.</summary>
    public TransportAddress? RelatedAddress { get; init; }

    /// <summary>An mDNS name ending in ".local" (or another host name) in place of an address.</summary>
    public string? HostName { get; init; }

    /// <summary>The port that goes with <see cref="HostName"/>.</summary>
    public ushort HostPort { get; init; }

    /// <summary>Null for UDP; "active", "passive" or "so" for TCP (RFC 6544), which is read and never used.</summary>
    public string? TcpType { get; init; }

    /// <summary>Which of the peer's credentials it belongs to, when the line says so (RFC 8838).</summary>
    public string? UsernameFragment { get; init; }

    public bool IsUdp => TcpType is null;

    public bool NeedsResolution => HostName is not null && Address == default;

    /// <summary>The same candidate with the address its host name stands for.</summary>
    public IceCandidate Resolve(in TransportAddress address) => this with { Address = address.WithPort(HostPort) };

    /// <summary>A host candidate: an address of the socket <paramref name="baseId"/>.</summary>
    /// <param name="localPreference">0..65535, higher is better: orders a host's addresses.</param>
    public static IceCandidate Host(in TransportAddress address, int baseId, ushort localPreference = ushort.MaxValue) =>
        Local(IceCandidateType.Host, address, null, baseId, localPreference);

    /// <summary>What a STUN server saw of the socket <paramref name="baseId"/>, bound at <paramref name="baseAddress"/>.</summary>
    public static IceCandidate ServerReflexive(
        in TransportAddress address, in TransportAddress baseAddress, int baseId, ushort localPreference = ushort.MaxValue) =>
        Local(IceCandidateType.ServerReflexive, address, baseAddress, baseId, localPreference);

    /// <summary>The relayed address of the TURN allocation <paramref name="baseId"/>.</summary>
    public static IceCandidate Relayed(
        in TransportAddress address, in TransportAddress mappedAddress, int baseId, ushort localPreference = ushort.MaxValue) =>
        Local(IceCandidateType.Relayed, address, mappedAddress, baseId, localPreference);

    /// <summary>RFC 8445 section 5.1.2.1, with its recommended type preferences.</summary>
    public static uint ComputePriority(IceCandidateType type, ushort localPreference, int component = DataComponent)
    {
        uint typePreference = type switch
        {
            IceCandidateType.Host => 126,
            IceCandidateType.PeerReflexive => 110,
            IceCandidateType.ServerReflexive => 100,
            _ => 0,
        };
        return (typePreference << 24) | ((uint)localPreference << 8) | (uint)(256 - component);
    }

    /// <summary>The candidate-attribute, without "a=".</summary>
    public override string ToString() => CandidateLine.Write(this);

    private static IceCandidate Local(
        IceCandidateType type, in TransportAddress address, TransportAddress? related, int baseId, ushort localPreference) => new()
        {
            Type = type,
            Address = address,
            RelatedAddress = related,
            BaseId = baseId,
            Priority = ComputePriority(type, localPreference),
            // Same type, base and family share a foundation (RFC 8445 section 5.1.1.3).
            Foundation = ((((int)type + 1) * 100_000) + (baseId * 2) + (address.IsIPv6 ? 1 : 0)).ToString(),
        };
}
