using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>Finds the connection a datagram belongs to: by its remote address, or by the slot its ICE fragment begins with.</summary>
internal sealed class PortDemultiplexer
{
    /// <summary>Characters of a fragment that name a slot: 6 bits each.</summary>
    public const int PrefixLength = 3;

    public const int MaxSlots = 1 << (6 * PrefixLength);

    private const string IceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private readonly Dictionary<(int BaseId, TransportAddress Remote), AddressEntry> _addresses = [];
    private readonly List<HostedConnection?> _slots = [];
    private readonly Queue<int> _freeSlots = new();

    public int ConnectionCount { get; private set; }

    public IEnumerable<HostedConnection> Connections => _slots.OfType<HostedConnection>();

    public static string PrefixOf(int slot) =>
        string.Create(PrefixLength, slot, static (text, value) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = IceChars[(value >> (6 * i)) & 63];
            }
        });

    /// <summary>Slots are reused oldest first, so that a late datagram of a closed connection rarely meets a new one.</summary>
    public int Add(HostedConnection connection)
    {
        ConnectionCount++;
        if (_freeSlots.Count > 0 && (_freeSlots.Count > 64 || _slots.Count >= MaxSlots))
        {
            var slot = _freeSlots.Dequeue();
            _slots[slot] = connection;
            return slot;
        }

        _slots.Add(connection);
        return _slots.Count - 1;
    }

    public void Remove(HostedConnection connection)
    {
        if (_slots[connection.Slot] != connection)
        {
            return;
        }

        ConnectionCount--;
        _slots[connection.Slot] = null;
        _freeSlots.Enqueue(connection.Slot);
        while (connection.Addresses.TryDequeue(out var key))
        {
            Forget(connection, key);
        }
    }

    /// <summary>The connection was sent a check to this address: an answer from there may be for it.</summary>
    public void Claim(HostedConnection connection, int baseId, in TransportAddress remote)
    {
        if (!_addresses.TryGetValue((baseId, remote), out var entry))
        {
            entry = new AddressEntry();
            _addresses.Add((baseId, remote), entry);
        }

        if (entry.Claimants.Contains(connection))
        {
            return;
        }

        entry.Claimants.Add(connection);
        connection.Addresses.Enqueue((baseId, remote));
        if (connection.Addresses.Count > HostingLimits.MaxAddressesPerConnection)
        {
            Forget(connection, connection.Addresses.Dequeue());
        }
    }

    /// <summary>An authentic message of this connection's peer came from the address: what follows from there belongs to it.</summary>
    public void Bind(HostedConnection connection, int baseId, in TransportAddress remote)
    {
        Claim(connection, baseId, remote);
        if (_addresses.TryGetValue((baseId, remote), out var entry))
        {
            entry.Bound = connection;
        }
    }

    public HostedConnection? FindBound(int baseId, in TransportAddress remote) =>
        _addresses.TryGetValue((baseId, remote), out var entry) ? entry.Bound : null;

    /// <summary>Everybody who asked that address.</summary>
    public IReadOnlyList<HostedConnection> FindClaimants(int baseId, in TransportAddress remote) =>
        _addresses.TryGetValue((baseId, remote), out var entry) ? entry.Claimants : [];

    public HostedConnection? FindByFragment(in StunMessageReader request)
    {
        if (!request.TryGetLocalUsernameFragment(out var fragment) || fragment.Length < PrefixLength)
        {
            return null;
        }

        var slot = 0;
        for (var i = 0; i < PrefixLength; i++)
        {
            var digit = IceChars.IndexOf((char)fragment[i]);
            if (digit < 0)
            {
                return null;
            }

            slot |= digit << (6 * i);
        }

        return slot < _slots.Count ? _slots[slot] : null;
    }

    private void Forget(HostedConnection connection, (int BaseId, TransportAddress Remote) key)
    {
        if (!_addresses.TryGetValue(key, out var entry))
        {
            return;
        }

        entry.Claimants.Remove(connection);
        if (entry.Bound == connection)
        {
            entry.Bound = null;
        }

        if (entry.Claimants.Count == 0)
        {
            _addresses.Remove(key);
        }
    }

    private sealed class AddressEntry
    {
        public HostedConnection? Bound { get; set; }

        public List<HostedConnection> Claimants { get; } = [];
    }
}
