using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.Tests.Simulation.Ice;

/// <summary>One end of a simulated session: an agent, its sockets, and the signaling to the other end.</summary>
internal sealed class IceHost
{
    private const byte DataMark = 23;

    private readonly SimulatedNetwork _network;
    private readonly List<Base> _bases = [];
    private readonly byte[] _buffer = new byte[1500];
    private readonly SeededRandom _random;
    private int _fragment;

    public IceHost(SimulatedNetwork network, string name, IceRole role, int seed, Action<IceOptionsBuilder>? configure = null)
    {
        _network = network;
        Name = name;
        _random = new SeededRandom(seed);
        var builder = new IceOptionsBuilder { Options = new IceOptions { LocalCredentials = NewCredentials(), Role = role } };
        configure?.Invoke(builder);
        Agent = new IceAgent(builder.Options, _random);
    }

    public string Name { get; }

    public IceAgent Agent { get; }

    public IceHost? Peer { get; set; }

    public TimeSpan SignalingDelay { get; set; } = TimeSpan.FromMilliseconds(60);

    /// <summary>Candidates stay unknown to the peer: it learns the addresses from checks.</summary>
    public bool HidesCandidates { get; set; }

    public List<IceEvent> Events { get; } = [];

    public int DataReceived { get; private set; }

    public long ChecksReceived { get; private set; }

    public Timestamp Deadline
    {
        get
        {
            Timestamp deadline = Agent.NextDeadline;
            foreach (Base b in _bases)
            {
                deadline = b.Binding is null ? deadline : Timestamp.Min(deadline, b.Binding.NextDeadline);
            }

            return deadline;
        }
    }

    public IceCredentials NewCredentials() => IceCredentials.Create($"{Name}frag{_fragment++:000}", _random);

    /// <summary>Binds a socket; its host candidate goes to the peer, and a reflexive one too when a STUN server is given.</summary>
    public void AddSocket(int baseId, string address, SimulatedNetwork.Site? site, TransportAddress? stunServer = null)
    {
        TransportAddress.TryParse(address, 5000 + baseId, out TransportAddress local);
        var added = new Base(baseId, local, stunServer is { } server ? new StunBinding(server, _random, _network.Now) : null);
        _bases.Add(added);
        _network.Bind(local, site, (datagram, source) => Receive(added, datagram, source));
        Announce(IceCandidate.Host(local, baseId));
        Drain();
    }

    /// <summary>A relayed address: a socket on the open Internet with a relay's priority.</summary>
    public void AddRelay(int baseId, string address)
    {
        TransportAddress.TryParse(address, 6000 + baseId, out TransportAddress relayed);
        var added = new Base(baseId, relayed, null);
        _bases.Add(added);
        _network.Bind(relayed, null, (datagram, source) => Receive(added, datagram, source));
        Announce(IceCandidate.Relayed(relayed, relayed, baseId));
        Drain();
    }

    public void RemoveSocket(int baseId)
    {
        foreach (Base gone in _bases.FindAll(b => b.Id == baseId))
        {
            _network.Unbind(gone.Local);
            _bases.Remove(gone);
        }

        Agent.RemoveLocalBase(baseId, _network.Now);
        Drain();
    }

    /// <summary>Sends description and candidates to the peer; it gets them after the signaling delay.</summary>
    public void SignalDescription(bool isLite = false)
    {
        IceCredentials credentials = Agent.LocalCredentials;
        List<IceCandidate> candidates = HidesCandidates ? [] : [.. Agent.LocalCandidates];
        _network.After(SignalingDelay, () =>
        {
            Peer!.Agent.SetRemoteDescription(credentials, isLite, _network.Now);
            foreach (IceCandidate candidate in candidates)
            {
                Peer.AddRemote(candidate, credentials);
            }

            Peer.Drain();
        });
    }

    public void Restart()
    {
        Agent.Restart(NewCredentials(), _network.Now);
        Drain();
    }

    public void SendData()
    {
        if (Agent.HasPath)
        {
            IcePath path = Agent.SelectedPath;
            Base? from = _bases.Find(b => b.Id == path.BaseId);
            if (from is not null)
            {
                _network.Send(from.Local, path.Remote, [DataMark, 1, 2, 3]);
            }
        }
    }

    public void HandleTimeout()
    {
        Timestamp now = _network.Now;
        if (Agent.NextDeadline <= now)
        {
            Agent.HandleTimeout(now);
            Assert.True(Agent.NextDeadline > now, $"{Name}: a deadline that stays due would spin the driver");
        }

        foreach (Base b in _bases.ToArray())
        {
            b.Binding?.HandleTimeout(now);
        }

        Drain();
    }

    public bool HasEvent(IceEventKind kind) => Events.Exists(e => e.Kind == kind);

    public void Drain()
    {
        foreach (Base b in _bases.ToArray())
        {
            if (b.Binding is null)
            {
                continue;
            }

            while (b.Binding.TryPollTransmit(_buffer, out int length))
            {
                _network.Send(b.Local, b.Binding.Server, _buffer.AsSpan(0, length));
            }

            if (b.Binding.TryPollChange() && b.Binding.MappedAddress is { } mapped && mapped != b.Local)
            {
                Announce(IceCandidate.ServerReflexive(mapped, b.Local, b.Id));
            }
        }

        while (Agent.TryPollTransmit(_buffer, out IceTransmit transmit))
        {
            Base? from = _bases.Find(b => b.Id == transmit.BaseId);
            Assert.NotNull(from);
            _network.Send(from.Local, transmit.Remote, _buffer.AsSpan(0, transmit.Length));
        }

        while (Agent.TryPollEvent(out IceEvent e))
        {
            Events.Add(e);
        }
    }

    private void Announce(IceCandidate candidate)
    {
        Agent.AddLocalCandidate(candidate, _network.Now);
        IceCredentials credentials = Agent.LocalCredentials;
        if (!HidesCandidates && Peer is not null)
        {
            _network.After(SignalingDelay, () =>
            {
                Peer.AddRemote(candidate, credentials);
                Peer.Drain();
            });
        }
    }

    private void AddRemote(IceCandidate candidate, IceCredentials credentials) =>
        Agent.AddRemoteCandidate(candidate with { BaseId = IceCandidate.NoBase, UsernameFragment = credentials.UsernameFragment }, _network.Now);

    private void Receive(Base b, byte[] datagram, TransportAddress source)
    {
        if (datagram[0] == DataMark)
        {
            DataReceived++;
            Agent.NotifyTraffic(b.Id, source, _network.Now);
        }
        else if (b.Binding is null || !b.Binding.Handle(datagram, source, _network.Now))
        {
            ChecksReceived++;
            Agent.Handle(datagram, b.Id, source, _network.Now);
        }

        Drain();
    }

    internal sealed class IceOptionsBuilder
    {
        public required IceOptions Options { get; set; }
    }

    private sealed record Base(int Id, TransportAddress Local, StunBinding? Binding);
}
