using PeerProxy.WebRtc;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>Two peers joined by two links, driven by the next deadline in virtual time.</summary>
public sealed class SimulatedNetwork
{
    private const int PacketBuffer = 2048;

    /// <summary>A peer that never stops producing at one instant is broken.</summary>
    private const int MaxPacketsPerInstant = 100_000;

    /// <summary>Events a run may have: far above what any scenario needs, so that a livelock ends.</summary>
    private const long MaxSteps = 20_000_000;

    private readonly PriorityQueue<(int Peer, byte[] Packet), (Timestamp At, long Order)> _arrivals = new();
    private readonly ISimulatedPeer[] _peers;
    private readonly SimulatedLink[] _links;
    private readonly byte[] _buffer = new byte[PacketBuffer];
    private long _order;
    private long _steps;

    public SimulatedNetwork(ISimulatedPeer left, ISimulatedPeer right, LinkSettings toRight, LinkSettings toLeft, int seed)
    {
        Random = new SeededRandom(seed);
        _peers = [left, right];
        ToRight = new SimulatedLink(toRight, Random, (at, packet) => _arrivals.Enqueue((1, packet), (at, _order++)));
        ToLeft = new SimulatedLink(toLeft, Random, (at, packet) => _arrivals.Enqueue((0, packet), (at, _order++)));
        _links = [ToRight, ToLeft];
    }

    public SeededRandom Random { get; }

    public SimulatedLink ToRight { get; }

    public SimulatedLink ToLeft { get; }

    /// <summary>Starts away from zero so that a default timestamp is visible as one.</summary>
    public Timestamp Now { get; private set; } = new(TimeSpan.TicksPerHour);

    /// <summary>Runs until the condition holds; false when nothing is left to happen or time is up.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        Timestamp end = Now + limit;
        Drain(0);
        Drain(1);
        while (!condition())
        {
            Timestamp next = NextEvent();
            if (next > end)
            {
                Now = end;
                return condition();
            }

            Now = Timestamp.Max(Now, next);
            if (++_steps > MaxSteps)
            {
                throw new InvalidOperationException($"too many events; the clock is at {Now}");
            }

            Step();
        }

        return true;
    }

    public void Run(TimeSpan duration) => RunUntil(() => false, duration);

    private Timestamp NextEvent()
    {
        Timestamp next = Timestamp.Min(_peers[0].NextDeadline, _peers[1].NextDeadline);
        return _arrivals.TryPeek(out _, out (Timestamp At, long Order) first) ? Timestamp.Min(next, first.At) : next;
    }

    private void Step()
    {
        while (_arrivals.TryPeek(out (int Peer, byte[] Packet) arrival, out (Timestamp At, long Order) key) && key.At <= Now)
        {
            _arrivals.Dequeue();
            _peers[arrival.Peer].Handle(arrival.Packet, Now);
            Drain(arrival.Peer);
        }

        for (int i = 0; i < 2; i++)
        {
            if (_peers[i].NextDeadline <= Now)
            {
                _peers[i].HandleTimeout(Now);
                Drain(i);
                if (_peers[i].NextDeadline <= Now)
                {
                    throw new InvalidOperationException($"peer {i} has a deadline {_peers[i].NextDeadline} in the past after it was drained at {Now}");
                }
            }
        }
    }

    private void Drain(int peer)
    {
        int packets = 0;
        do
        {
            while (_peers[peer].TryPollPacket(Now, _buffer, out int written))
            {
                _links[peer].Send(_buffer.AsSpan(0, written), Now);
                if (++packets > MaxPacketsPerInstant)
                {
                    throw new InvalidOperationException($"peer {peer} does not stop sending at {Now}");
                }
            }

            _peers[peer].AfterDrain(Now);
        }
        while (_peers[peer].TryPollPacket(Now, _buffer, out int more) && Forward(peer, more));
    }

    private bool Forward(int peer, int written)
    {
        _links[peer].Send(_buffer.AsSpan(0, written), Now);
        return true;
    }
}
