using System.Collections.Concurrent;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Connections;

/// <summary>The sockets of this node: all of them, and by the ids messages are addressed to.</summary>
internal sealed class ConnectionTable
{
    private readonly ConcurrentDictionary<string, SignalingConnection> _all = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<PeerId, SignalingConnection> _agents = new();
    private int _count;
    private int _agentCount;

    /// <summary>Every socket; a snapshot-free enumeration, safe while sockets come and go.</summary>
    public IEnumerable<SignalingConnection> All => _all.Select(pair => pair.Value);

    /// <summary>Registered agents.</summary>
    public IEnumerable<SignalingConnection> Agents => _agents.Select(pair => pair.Value);

    /// <summary>Sockets open; a counter, not a count.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Registered agents; a counter, not a count.</summary>
    public int AgentCount => Volatile.Read(ref _agentCount);

    public void Add(SignalingConnection connection)
    {
        _all[connection.Id] = connection;
        Interlocked.Increment(ref _count);
    }

    public void Remove(SignalingConnection connection)
    {
        if (_all.TryRemove(connection.Id, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    public SignalingConnection? FindVisitor(VisitorId id) => _all.GetValueOrDefault(id.Value) is { IsVisitor: true } visitor ? visitor : null;

    public SignalingConnection? FindAgent(PeerId id) => _agents.GetValueOrDefault(id);

    /// <summary>Makes the connection the one its id leads to. Calls for one id are serialised by the registrar.</summary>
    /// <returns>The connection it takes the place of.</returns>
    public SignalingConnection? SetAgent(PeerId id, SignalingConnection connection)
    {
        _agents.TryGetValue(id, out var former);
        _agents[id] = connection;
        if (former is null)
        {
            Interlocked.Increment(ref _agentCount);
        }
        return former;
    }

    /// <summary>Forgets an agent, unless its id leads to another connection by now.</summary>
    public bool RemoveAgent(PeerId id, SignalingConnection connection)
    {
        if (!_agents.TryRemove(new KeyValuePair<PeerId, SignalingConnection>(id, connection)))
        {
            return false;
        }
        Interlocked.Decrement(ref _agentCount);
        return true;
    }
}
