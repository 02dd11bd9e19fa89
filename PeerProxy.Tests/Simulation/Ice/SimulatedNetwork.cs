using PeerProxy.WebRtc;

namespace PeerProxy.Tests.Simulation.Ice;

/// <summary>Carries datagrams between sites with seeded loss, delay, reordering and duplication, in virtual time.</summary>
internal sealed class SimulatedNetwork(int seed)
{
    private readonly SeededRandom _random = new(seed);
    private readonly PriorityQueue<Action, (long Ticks, long Order)> _queue = new();
    private readonly Dictionary<TransportAddress, Socket> _sockets = [];
    private readonly HashSet<(Site?, Site?)> _cuts = [];
    private long _order;

    public Timestamp Now { get; private set; } = new(10_000_000);

    public double Loss { get; set; }

    public double Duplication { get; set; }

    public TimeSpan MinDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    public long Sent { get; private set; }

    public Timestamp NextDelivery => _queue.TryPeek(out _, out (long Ticks, long) key) ? new Timestamp(key.Ticks) : Timestamp.Never;

    public void Bind(TransportAddress address, Site? site, Action<byte[], TransportAddress> receive) =>
        _sockets[address] = new Socket(address, site, receive);

    public void Unbind(TransportAddress address) => _sockets.Remove(address);

    /// <summary>No packet passes between the two sites any more (null: hosts on the open Internet).</summary>
    public void Cut(Site? left, Site? right)
    {
        _cuts.Add((left, right));
        _cuts.Add((right, left));
    }

    public void Restore() => _cuts.Clear();

    public void At(Timestamp time, Action action) => _queue.Enqueue(action, (Math.Max(time.Ticks, Now.Ticks), _order++));

    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    public void AdvanceTo(Timestamp time)
    {
        Now = Timestamp.Max(Now, time);
        while (_queue.TryPeek(out _, out (long Ticks, long) key) && key.Ticks <= Now.Ticks)
        {
            _queue.Dequeue()();
        }
    }

    public void Send(TransportAddress source, TransportAddress destination, ReadOnlySpan<byte> datagram)
    {
        Sent++;
        byte[] copy = datagram.ToArray();
        int copies = _random.NextDouble() < Duplication ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            if (_random.NextDouble() >= Loss)
            {
                TimeSpan delay = MinDelay + ((MaxDelay - MinDelay) * _random.NextDouble());
                Site? site = _sockets.TryGetValue(source, out Socket? sender) ? sender.Site : null;
                // The NAT maps when the packet leaves, and filters when one arrives.
                bool isLocal = _sockets.TryGetValue(destination, out Socket? direct) && direct.Site == site && site is not null;
                TransportAddress visible = site?.Nat is { } nat && !isLocal ? nat.MapOutgoing(source, destination) : source;
                At(Now + delay, () => Deliver(site, visible, destination, isLocal, copy));
            }
        }
    }

    private void Deliver(Site? from, TransportAddress source, TransportAddress destination, bool isLocal, byte[] datagram)
    {
        Socket? target = null;
        if (isLocal)
        {
            _sockets.TryGetValue(destination, out target);
        }
        else
        {
            foreach (Site site in Sites)
            {
                if (site.Nat is { } nat && nat.Owns(destination))
                {
                    if (nat.MapIncoming(source, destination) is { } inside)
                    {
                        _sockets.TryGetValue(inside, out target);
                    }

                    break;
                }
            }

            if (target is null && _sockets.TryGetValue(destination, out Socket? open) && open.Site?.Nat is null)
            {
                target = open;
            }
        }

        if (target is not null && !_cuts.Contains((from, target.Site)))
        {
            target.Receive(datagram, source);
        }
    }

    public List<Site> Sites { get; } = [];

    public Site AddSite(NatType type, string publicAddress)
    {
        TransportAddress.TryParse(publicAddress, 0, out TransportAddress address);
        var site = new Site(type == NatType.None ? null : new SimulatedNat(type, address));
        Sites.Add(site);
        return site;
    }

    /// <summary>A place with one NAT, or none.</summary>
    internal sealed record Site(SimulatedNat? Nat)
    {
        public bool Equals(Site? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }

    private sealed record Socket(TransportAddress Address, Site? Site, Action<byte[], TransportAddress> Receive);
}
