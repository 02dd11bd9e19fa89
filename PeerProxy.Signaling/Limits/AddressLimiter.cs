using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PeerProxy.Signaling.Limits;

/// <summary>Counts sockets and rates per client address, so that a flood from one does not slow the others.</summary>
internal sealed class AddressLimiter(NodeLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<IPAddress, AddressState> _addresses = new();

    /// <summary>Addresses with a history.</summary>
    public int Tracked => _addresses.Count;

    /// <summary>Takes a socket's place. On success the lease gives it back.</summary>
    public bool TryEnter(IPAddress address, out AddressLease lease)
    {
        var key = KeyOf(address);
        var now = time.GetTimestamp();
        while (true)
        {
            if (!_addresses.TryGetValue(key, out var state))
            {
                if (_addresses.Count >= limits.TrackedAddresses)
                {
                    Sweep();
                    if (_addresses.Count >= limits.TrackedAddresses)
                    {
                        lease = default;
                        return false;
                    }
                }
                state = _addresses.GetOrAdd(key, static (_, made) => new AddressState(made.limits, made.now), (limits, now));
            }
            lock (state)
            {
                if (state.IsForgotten)
                {
                    continue;
                }
                if (state.Sockets >= limits.SocketsPerAddress || !state.Connects.TryTake(1, limits.ConnectsPerAddress, now, time))
                {
                    lease = default;
                    return false;
                }
                state.Sockets++;
                lease = new AddressLease(state);
                return true;
            }
        }
    }

    /// <summary>Whether the address may register once more.</summary>
    public bool TryRegister(AddressLease lease)
    {
        lock (lease.State)
        {
            return lease.State.Registrations.TryTake(1, limits.RegistrationsPerAddress, time.GetTimestamp(), time);
        }
    }

    /// <summary>Forgets addresses without sockets whose buckets are full again.</summary>
    public void Sweep()
    {
        var now = time.GetTimestamp();
        foreach (var (key, state) in _addresses)
        {
            lock (state)
            {
                if (state.Sockets == 0 && state.Connects.IsFull(limits.ConnectsPerAddress, now, time)
                    && state.Registrations.IsFull(limits.RegistrationsPerAddress, now, time))
                {
                    state.IsForgotten = true;
                    _addresses.TryRemove(key, out _);
                }
            }
        }
    }

    /// <summary>One customer of a provider commands a whole IPv6 /64, so that is what counts as an address.</summary>
    internal static IPAddress KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}

/// <summary>What is known of one address; guarded by a lock on itself.</summary>
internal sealed class AddressState(NodeLimits limits, long now)
{
    public int Sockets;
    public bool IsForgotten;
    public TokenBucket Connects = new(limits.ConnectsPerAddress, now);
    public TokenBucket Registrations = new(limits.RegistrationsPerAddress, now);
}

/// <summary>A socket's place under its address.</summary>
internal readonly struct AddressLease(AddressState state)
{
    public AddressState State => state;

    public void Leave()
    {
        lock (state)
        {
            state.Sockets--;
        }
    }
}
