using PeerProxy.WebRtc;

namespace PeerProxy.Tests.Simulation.Ice;

/// <summary>Maps and filters like a home router of one type.</summary>
internal sealed class SimulatedNat(NatType type, TransportAddress publicAddress)
{
    private readonly Dictionary<(TransportAddress Inside, TransportAddress? Outside), Mapping> _byInside = [];
    private readonly Dictionary<TransportAddress, Mapping> _byPublic = [];
    private int _nextPort = 20_000;

    /// <summary>The source a packet gets on its way out.</summary>
    public TransportAddress MapOutgoing(TransportAddress inside, TransportAddress destination)
    {
        (TransportAddress, TransportAddress?) key = (inside, type == NatType.Symmetric ? destination : null);
        if (!_byInside.TryGetValue(key, out Mapping? mapping))
        {
            mapping = new Mapping(inside, publicAddress.WithPort(_nextPort++));
            _byInside.Add(key, mapping);
            _byPublic.Add(mapping.Public, mapping);
        }

        mapping.Contacted.Add(destination);
        return mapping.Public;
    }

    /// <summary>Where a packet goes inside, or null when it is filtered.</summary>
    public TransportAddress? MapIncoming(TransportAddress source, TransportAddress destination)
    {
        if (!_byPublic.TryGetValue(destination, out Mapping? mapping))
        {
            return null;
        }

        bool passes = type switch
        {
            NatType.FullCone => true,
            NatType.Restricted => mapping.Contacted.Any(contacted => contacted.WithPort(0) == source.WithPort(0)),
            _ => mapping.Contacted.Contains(source),
        };
        return passes ? mapping.Inside : null;
    }

    public bool Owns(TransportAddress destination) => destination.WithPort(0) == publicAddress.WithPort(0);

    /// <summary>The router restarts: all mappings are gone, new ones get other ports.</summary>
    public void Forget()
    {
        _byInside.Clear();
        _byPublic.Clear();
    }

    private sealed record Mapping(TransportAddress Inside, TransportAddress Public)
    {
        public HashSet<TransportAddress> Contacted { get; } = [];
    }
}
