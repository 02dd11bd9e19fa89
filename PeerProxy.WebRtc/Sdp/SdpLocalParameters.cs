using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Sdp;

/// <summary>What this side puts into its own offer or answer.</summary>
public sealed record SdpLocalParameters
{
    /// <summary>What browsers announce: 256 KB.</summary>
    public const long UsualMaxMessageSize = 262_144;

    public required ulong SessionId { get; init; }

    public ulong Version { get; init; } = 1;

    public required IceCredentials IceCredentials { get; init; }

    /// <summary>SHA-256, upper-case hex pairs joined by colons.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Says a=ice-lite: the other side becomes controlling.</summary>
    public bool IsIceLite { get; init; }

    /// <summary>"trickle" unless <see cref="IsEndOfCandidates"/> holds from the start.</summary>
    public IReadOnlyList<string> IceOptions { get; init; } = ["trickle"];

    public long MaxMessageSize { get; init; } = UsualMaxMessageSize;

    public IReadOnlyList<IceCandidate> Candidates { get; init; } = [];

    public bool IsEndOfCandidates { get; init; }

    public ReadOnlyMemory<byte>? SctpInit { get; init; }
}
