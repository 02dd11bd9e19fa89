using PeerProxy.WebRtc;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>A sans-IO endpoint in a simulation.</summary>
public interface ISimulatedPeer
{
    Timestamp NextDeadline { get; }

    void Handle(ReadOnlySpan<byte> packet, Timestamp now);

    void HandleTimeout(Timestamp now);

    bool TryPollPacket(Timestamp now, Span<byte> destination, out int written);

    /// <summary>Called after each drain: takes events, sends more, checks invariants.</summary>
    void AfterDrain(Timestamp now);
}
