using System.Text;
using PeerProxy.Tests.Simulation.Ice;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Stun;
using PeerProxy.WebRtc.Turn;

namespace PeerProxy.Tests.Unit.Turn;

/// <summary>A TURN server for one client, as strict as RFC 8656 lets it be.</summary>
internal sealed class TurnServerModel(TransportAddress client, TransportAddress relayed)
{
    public const string Realm = "turn.test";

    private readonly Dictionary<TransportAddress, Timestamp> _permissions = [];
    private readonly Dictionary<ushort, (TransportAddress Peer, Timestamp Until)> _channels = [];
    private readonly SeededRandom _random = new(99);
    private string _nonce = "nonce-0";
    private int _nonceNumber;
    private Timestamp _allocatedUntil;
    private string? _allocationUser;
    private StunTransactionId _lastId;
    private byte[]? _lastAnswer;

    public Dictionary<string, string> Users { get; } = new() { ["alice"] = "secret" };

    public HashSet<TransportAddress> Forbidden { get; } = [];

    public bool TiesAllocationToUser { get; set; }

    public uint Lifetime { get; set; } = 600;

    /// <summary>Overrides the answer to the next request of a method.</summary>
    public Dictionary<StunMethod, int> NextError { get; } = [];

    /// <summary>Each request gets a 438 first.</summary>
    public bool NonceIsAlwaysStale { get; set; }

    public List<(TransportAddress Peer, byte[] Payload, bool InChannel)> Relayed { get; } = [];

    public Dictionary<StunMethod, int> Requests { get; } = [];

    public int DroppedIndications { get; private set; }

    public bool HasAllocation(Timestamp now) => now < _allocatedUntil;

    public void ChangeNonce() => _nonce = $"nonce-{++_nonceNumber}";

    public void LeaveAllocation(string user, Timestamp until) => (_allocationUser, _allocatedUntil) = (user, until);

    /// <summary>Takes what the client sent.</summary>
    /// <returns>The answer, or null.</returns>
    public byte[]? Handle(ReadOnlySpan<byte> message, Timestamp now)
    {
        if (ChannelData.TryRead(message, out ushort number, out ReadOnlySpan<byte> data))
        {
            if (_channels.TryGetValue(number, out (TransportAddress Peer, Timestamp Until) channel) && now < channel.Until && HasPermission(channel.Peer, now))
            {
                Relayed.Add((channel.Peer, data.ToArray(), true));
            }
            else
            {
                DroppedIndications++;
            }

            return null;
        }

        Assert.True(StunMessageReader.TryParse(message, out StunMessageReader request));
        if (request.Class == StunClass.Indication)
        {
            Assert.True(request.TryGetXorAddress(StunAttributeType.XorPeerAddress, out TransportAddress peer));
            Assert.True(request.TryGet(StunAttributeType.Data, out ReadOnlySpan<byte> payload));
            if (HasPermission(peer, now) && HasAllocation(now))
            {
                Relayed.Add((peer, payload.ToArray(), false));
            }
            else
            {
                DroppedIndications++;
            }

            return null;
        }

        Requests[request.Method] = Requests.GetValueOrDefault(request.Method) + 1;
        Assert.True(request.CheckFingerprint());
        if (request.TransactionId == _lastId)
        {
            // A retransmission gets the same answer (RFC 8489 section 6.3.1).
            return _lastAnswer;
        }

        _lastAnswer = HandleRequest(request, now);
        _lastId = request.TransactionId;
        return _lastAnswer;
    }

    /// <summary>A peer's datagram as the client gets it; null when it has no permission.</summary>
    public byte[]? FromPeer(TransportAddress peer, byte[] payload, Timestamp now, bool pad = false)
    {
        if (!HasPermission(peer, now))
        {
            return null;
        }

        var buffer = new byte[payload.Length + 100];
        foreach ((ushort number, (TransportAddress Peer, Timestamp Until) channel) in _channels)
        {
            if (channel.Peer == peer && now < channel.Until)
            {
                return buffer[..ChannelData.Write(buffer, number, payload, pad)];
            }
        }

        var writer = new StunMessageWriter(buffer, StunClass.Indication, StunMethod.Data, StunTransactionId.Create(_random));
        writer.AddXorAddress(StunAttributeType.XorPeerAddress, peer);
        writer.Add(StunAttributeType.Data, payload);
        return buffer[..writer.Length];
    }

    public bool HasPermission(TransportAddress peer, Timestamp now) =>
        _permissions.TryGetValue(peer.WithPort(0), out Timestamp until) && now < until;

    private byte[] HandleRequest(in StunMessageReader request, Timestamp now)
    {
        if (!request.TryGet(StunAttributeType.Username, out ReadOnlySpan<byte> userBytes))
        {
            return Error(request, 401, true, null);
        }

        string user = Encoding.UTF8.GetString(userBytes);
        Assert.True(request.TryGet(StunAttributeType.Nonce, out ReadOnlySpan<byte> nonce));
        if (Encoding.UTF8.GetString(nonce) != _nonce || NonceIsAlwaysStale)
        {
            ChangeNonce();
            return Error(request, 438, true, null);
        }

        if (!Users.TryGetValue(user, out string? password))
        {
            return Error(request, 401, true, null);
        }

        byte[] key = MessageIntegrity.LongTermKey(user, Realm, password);
        if (!request.CheckIntegrity(key))
        {
            return Error(request, 401, true, null);
        }

        if (NextError.Remove(request.Method, out int code))
        {
            return Error(request, code, false, key);
        }

        bool isAllocate = request.Method == StunMethod.Allocate;
        if (isAllocate == HasAllocation(now))
        {
            return Error(request, 437, false, key);
        }

        if (!isAllocate && user != _allocationUser && TiesAllocationToUser)
        {
            return Error(request, 441, false, key);
        }

        return request.Method switch
        {
            StunMethod.Allocate or StunMethod.Refresh => Allocate(request, user, key, now),
            StunMethod.CreatePermission => CreatePermission(request, key, now),
            _ => ChannelBind(request, key, now),
        };
    }

    private byte[] Allocate(in StunMessageReader request, string user, byte[] key, Timestamp now)
    {
        Assert.True(request.TryGetUInt32(StunAttributeType.Lifetime, out uint asked));
        uint granted = Math.Min(asked, Lifetime);
        _allocatedUntil = now + TimeSpan.FromSeconds(granted);
        _allocationUser = user;
        var buffer = new byte[300];
        var writer = new StunMessageWriter(buffer, StunClass.SuccessResponse, request.Method, request.TransactionId);
        if (request.Method == StunMethod.Allocate)
        {
            writer.AddXorAddress(StunAttributeType.XorRelayedAddress, relayed);
            writer.AddXorAddress(StunAttributeType.XorMappedAddress, client);
        }

        writer.AddUInt32(StunAttributeType.Lifetime, granted);
        writer.AddIntegrity(key);
        return buffer[..writer.Length];
    }

    private byte[] CreatePermission(in StunMessageReader request, byte[] key, Timestamp now)
    {
        var peers = new List<TransportAddress>();
        foreach (StunAttribute attribute in request)
        {
            if (attribute.Type == StunAttributeType.XorPeerAddress)
            {
                // Only IPv4 is used here: the XOR mask is the cookie.
                byte[] value = attribute.Value.ToArray();
                byte[] address = [(byte)(value[4] ^ 0x21), (byte)(value[5] ^ 0x12), (byte)(value[6] ^ 0xA4), (byte)(value[7] ^ 0x42)];
                peers.Add(TransportAddress.FromBytes(address, 0));
            }
        }

        if (peers.Exists(Forbidden.Contains))
        {
            return Error(request, 403, false, key);
        }

        peers.ForEach(peer => _permissions[peer] = now + TimeSpan.FromSeconds(300));
        return Success(request, key);
    }

    private byte[] ChannelBind(in StunMessageReader request, byte[] key, Timestamp now)
    {
        Assert.True(request.TryGet(StunAttributeType.ChannelNumber, out ReadOnlySpan<byte> value));
        ushort number = (ushort)((value[0] << 8) | value[1]);
        Assert.InRange(number, 0x4000, 0x4FFF);
        Assert.True(request.TryGetXorAddress(StunAttributeType.XorPeerAddress, out TransportAddress peer));
        bool numberTaken = _channels.TryGetValue(number, out (TransportAddress Peer, Timestamp Until) other) && other.Peer != peer
            && now < other.Until + TimeSpan.FromSeconds(300);
        bool peerTaken = _channels.Any(channel => channel.Value.Peer == peer && channel.Key != number && now < channel.Value.Until);
        if (numberTaken || peerTaken)
        {
            return Error(request, 400, false, key);
        }

        _channels[number] = (peer, now + TimeSpan.FromSeconds(600));
        _permissions[peer.WithPort(0)] = now + TimeSpan.FromSeconds(300);
        return Success(request, key);
    }

    private static byte[] Success(in StunMessageReader request, byte[] key)
    {
        var buffer = new byte[100];
        var writer = new StunMessageWriter(buffer, StunClass.SuccessResponse, request.Method, request.TransactionId);
        writer.AddIntegrity(key);
        return buffer[..writer.Length];
    }

    private byte[] Error(in StunMessageReader request, int code, bool challenge, byte[]? key)
    {
        var buffer = new byte[300];
        var writer = new StunMessageWriter(buffer, StunClass.ErrorResponse, request.Method, request.TransactionId);
        writer.AddErrorCode(code, "no");
        if (challenge)
        {
            writer.Add(StunAttributeType.Realm, Realm);
            writer.Add(StunAttributeType.Nonce, _nonce);
        }

        if (key is not null)
        {
            writer.AddIntegrity(key);
        }

        return buffer[..writer.Length];
    }
}
