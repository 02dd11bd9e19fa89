using PeerProxy.WebRtc;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>Several peers on one host: they share its link. The first byte of each packet is the peer's number, for the group at the other end.</summary>
public sealed class PeerGroup(params ISimulatedPeer[] peers) : ISimulatedPeer
{
    private int _turn;

    public Timestamp NextDeadline => peers.Aggregate(Timestamp.Never, (next, peer) => Timestamp.Min(next, peer.NextDeadline));

    public void Handle(ReadOnlySpan<byte> packet, Timestamp now) => peers[packet[0]].Handle(packet[1..], now);

    public void HandleTimeout(Timestamp now)
    {
        foreach (ISimulatedPeer peer in peers)
        {
            if (peer.NextDeadline <= now)
            {
                peer.HandleTimeout(now);
            }
        }
    }

    public bool TryPollPacket(Timestamp now, Span<byte> destination, out int written)
    {
        for (int i = 0; i < peers.Length; i++)
        {
            _turn = (_turn + 1) % peers.Length;
            if (peers[_turn].TryPollPacket(now, destination[1..], out written))
            {
                destination[0] = (byte)_turn;
                written++;
                return true;
            }
        }

        written = 0;
        return false;
    }

    public void AfterDrain(Timestamp now)
    {
        foreach (ISimulatedPeer peer in peers)
        {
            peer.AfterDrain(now);
        }
    }
}
