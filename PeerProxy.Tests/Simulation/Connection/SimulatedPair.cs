using PeerProxy.Tests.Simulation.Ice;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.DataChannels;
using PeerProxy.WebRtc.Dtls;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.Tests.Simulation.Connection;

/// <summary>Two whole peer connections on a simulated network, in virtual time.</summary>
internal sealed class SimulatedPair : IDisposable
{
    private static readonly DtlsHandshakeThreads _threads = new(isLockstep: true);
    private static readonly DtlsCertificate _certificate = DtlsCertificate.Create();
    private readonly SimulatedNetwork.Site _aliceSite;
    private readonly SimulatedNetwork.Site _bobSite;

    public SimulatedPair(int seed)
    {
        Seed = seed;
        Network = new SimulatedNetwork(seed);
        _aliceSite = Network.AddSite(NatType.None, "198.51.100.1");
        _bobSite = Network.AddSite(NatType.None, "203.0.113.1");
        Alice = new SimulatedPeer(Network, _aliceSite, "198.51.100.1", _certificate, _threads, (seed * 2) + 1);
        Bob = new SimulatedPeer(Network, _bobSite, "203.0.113.1", _certificate, _threads, (seed * 2) + 2);
    }

    public int Seed { get; }

    public SimulatedNetwork Network { get; }

    /// <summary>The offerer, and so the DTLS server.</summary>
    public SimulatedPeer Alice { get; }

    public SimulatedPeer Bob { get; }

    public bool IsConnected => Alice.Connection.State == PeerConnectionState.Connected && Bob.Connection.State == PeerConnectionState.Connected;

    /// <summary>Offer and answer cross without delay; what is measured after is the transport alone.</summary>
    /// <param name="initBySignaling">The offer carries a=sctp-init, as between two of our peers; off plays a peer without.</param>
    public void Signal(bool iceRestart = false, bool initBySignaling = false)
    {
        var offer = Alice.Connection.CreateOffer(iceRestart, areCandidatesComplete: true, Network.Now);
        if (!initBySignaling)
        {
            offer = offer with { SctpInit = null };
        }

        var answer = Bob.Connection.AcceptOffer(offer, areCandidatesComplete: true, Network.Now);
        Alice.Connection.AcceptAnswer(answer, Network.Now);
        Drain();
    }

    public void Cut() => Network.Cut(_aliceSite, _bobSite);

    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Network.Now + limit;
        while (!condition())
        {
            var next = Timestamp.Min(Network.NextDelivery, Timestamp.Min(Alice.Connection.NextDeadline, Bob.Connection.NextDeadline));
            if (next > end)
            {
                Network.AdvanceTo(end);
                return false;
            }

            Network.AdvanceTo(next);
            Alice.HandleTimeout();
            Bob.HandleTimeout();
            Drain();
        }

        return true;
    }

    public void Drain()
    {
        Alice.Drain();
        Bob.Drain();
    }

    public void Dispose()
    {
        Alice.Connection.Dispose();
        Bob.Connection.Dispose();
    }
}

/// <summary>One end.</summary>
internal sealed class SimulatedPeer
{
    private const int BaseId = 0;
    private readonly SimulatedNetwork _network;
    private readonly TransportAddress _address;
    private readonly byte[] _buffer = new byte[2048];

    public SimulatedPeer(
        SimulatedNetwork network, SimulatedNetwork.Site site, string address, DtlsCertificate certificate, DtlsHandshakeThreads threads, int seed)
    {
        _network = network;
        Assert.True(TransportAddress.TryParse(address, 4000, out _address));
        Connection = new PeerConnection(new PeerConnectionSettings
        {
            Certificate = certificate,
            HandshakeThreads = threads,
            Random = new SeededRandom(seed),
        });
        Connection.AddLocalCandidate(IceCandidate.Host(_address, BaseId), network.Now);
        network.Bind(_address, site, (datagram, source) =>
        {
            Connection.Handle(datagram, BaseId, source, network.Now);
            Drain();
        });
    }

    public PeerConnection Connection { get; }

    public DataChannel? Channel { get; private set; }

    public List<byte[]> Received { get; } = [];

    /// <summary>When the channel opened.</summary>
    public Timestamp OpenedAt { get; private set; } = Timestamp.Never;

    public void Open(ushort id, bool ordered) =>
        Channel = Connection.Channels!.TryOpen(new DataChannelOptions { NegotiatedId = id, Ordered = ordered }, _network.Now);

    /// <summary>What a peer may do that has a session and means no good: any bytes in a valid record.</summary>
    public void SendInsideDtls(ReadOnlySpan<byte> plaintext)
    {
        Assert.True(Connection.Dtls!.Protect(plaintext, _buffer, out var written));
        _network.Send(_address, Connection.SelectedPath!.Value.Remote, _buffer.AsSpan(0, written));
    }

    public void HandleTimeout()
    {
        if (Connection.NextDeadline <= _network.Now)
        {
            Connection.HandleTimeout(_network.Now);
        }
    }

    public void Drain()
    {
        bool hasMore;
        do
        {
            hasMore = false;
            while (Connection.TryPollTransmit(_buffer, _network.Now, out var transmit))
            {
                _network.Send(_address, transmit.Remote, _buffer.AsSpan(0, transmit.Length));
            }

            while (Connection.TryPollEvent(_network.Now, out var peerEvent))
            {
                hasMore = true;
                OnChannelEvent(peerEvent.Channel);
            }
        }
        while (hasMore);
    }

    private void OnChannelEvent(in DataChannelEvent channelEvent)
    {
        if (channelEvent.Channel is null)
        {
            return;
        }

        if (channelEvent.Kind == DataChannelEventKind.Opened)
        {
            OpenedAt = Timestamp.Min(OpenedAt, _network.Now);
        }
        else if (channelEvent.Kind == DataChannelEventKind.Message)
        {
            Received.Add(channelEvent.Payload!.Memory.Span[..channelEvent.Length].ToArray());
            channelEvent.Payload.Dispose();
            Connection.Channels!.ReleaseReceived(channelEvent.WindowBytes, _network.Now);
        }
    }
}
