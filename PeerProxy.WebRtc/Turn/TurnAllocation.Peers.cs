using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Turn;

/// <content>Permissions, channels, and the data of peers.</content>
public sealed partial class TurnAllocation
{
    /// <summary>Peers of all sessions of one allocation; bounds what many candidates of many visitors can make us hold.</summary>
    public const int MaxPeers = 2048;

    /// <summary>One CreatePermission carries this many, well inside a datagram.</summary>
    private const int MaxPeersPerRequest = 8;

    /// <summary>A peer sent this much gets a channel: checks alone do not.</summary>
    private const int DatagramsBeforeChannel = 8;

    /// <summary>What is written before a permission leaves with it; beyond this the peer's retransmissions must do.</summary>
    private const int MaxQueuedMessages = 256;

    private readonly Dictionary<TransportAddress, TurnPermission> _permissions = [];
    private readonly Dictionary<TransportAddress, TurnChannel> _channels = [];
    private readonly Dictionary<ushort, TurnChannel> _channelsByNumber = [];
    private readonly Dictionary<TransportAddress, int> _datagramsSent = [];
    private readonly List<TurnPermission> _wanted = [];
    private ushort _nextChannel = TurnChannel.FirstNumber;

    /// <summary>Asks for the permission of a peer whose packets are expected before any is sent to it.</summary>
    public void Permit(in TransportAddress peer, Timestamp now)
    {
        _now = now;
        _ = State == TurnState.Ready && UsePermission(peer, now, out _);
    }

    /// <summary>Asks for a channel to the peer now, as for the path that was selected.</summary>
    public void BindChannel(in TransportAddress peer, Timestamp now)
    {
        _now = now;
        if (State == TurnState.Ready && UsePermission(peer, now, out _))
        {
            RequestChannel(peer, now);
        }
    }

    /// <summary>Wraps a datagram for a peer: as ChannelData when a channel is bound, else as a Send indication.</summary>
    /// <param name="destination">Payload plus <see cref="IndicationOverhead"/> + 15 bytes are always enough.</param>
    /// <param name="length">Bytes to send to the server.</param>
    /// <returns>False when there is nothing to send right now: either the datagram was queued behind the request for the peer's permission (it
    /// leaves through <see cref="TryPollTransmit"/>), or it is dropped because the allocation is not ready, the peer is refused, or a limit is reached.</returns>
    public bool TryWrap(in TransportAddress peer, ReadOnlySpan<byte> payload, Span<byte> destination, Timestamp now, out int length)
    {
        length = 0;
        _now = now;
        if (State != TurnState.Ready)
        {
            return false;
        }

        if (_channels.TryGetValue(peer, out TurnChannel? channel) && channel.IsBound)
        {
            channel.LastUsed = now;
            if (_permissions.TryGetValue(peer.WithPort(0).WithScope(0), out TurnPermission? used))
            {
                used.LastUsed = now;
                length = ChannelData.Write(destination, channel.Number, payload, _options.IsStream);
                return length > 0;
            }
        }

        if (!UsePermission(peer, now, out bool isNew))
        {
            return false;
        }

        length = WriteIndication(destination, peer, payload);
        if (isNew)
        {
            // Behind the request in the same burst: a server that takes them in order loses nothing, and no round trip is spent.
            RequestPermissions(now);
            if (_outbox.Count < MaxQueuedMessages && length > 0)
            {
                byte[] indication = destination[..length].ToArray();
                _transactions[^1].Followers.Add(indication);
                _outbox.Enqueue(indication);
            }

            length = 0;
            return false;
        }

        CountTowardsChannel(peer, now);
        return length > 0;
    }

    /// <summary>Unwraps a datagram of a peer out of what the server sent.</summary>
    /// <returns>False when it is no peer's data, or of a peer without permission or channel.</returns>
    public bool TryUnwrap(ReadOnlySpan<byte> message, out TransportAddress peer, out ReadOnlySpan<byte> payload)
    {
        peer = default;
        payload = default;
        if (ChannelData.TryRead(message, out ushort number, out payload))
        {
            bool known = _channelsByNumber.TryGetValue(number, out TurnChannel? channel);
            peer = known ? channel!.Peer : default;
            return known;
        }

        return StunMessageReader.TryParse(message, out StunMessageReader indication)
            && indication.Class == StunClass.Indication
            && indication.Method == StunMethod.Data
            && indication.TryGetXorAddress(StunAttributeType.XorPeerAddress, out peer)
            && indication.TryGet(StunAttributeType.Data, out payload)
            && _permissions.ContainsKey(peer.WithPort(0));
    }

    private int WriteIndication(Span<byte> destination, in TransportAddress peer, ReadOnlySpan<byte> payload)
    {
        var writer = new StunMessageWriter(destination, StunClass.Indication, StunMethod.Send, StunTransactionId.Create(_random));
        writer.AddXorAddress(StunAttributeType.XorPeerAddress, peer);
        writer.Add(StunAttributeType.Data, payload);
        return writer.Length;
    }

    /// <returns>False when the peer is refused or there are too many.</returns>
    private bool UsePermission(in TransportAddress peer, Timestamp now, out bool isNew)
    {
        TransportAddress key = peer.WithPort(0).WithScope(0);
        isNew = false;
        if (!_permissions.TryGetValue(key, out TurnPermission? permission))
        {
            if (_permissions.Count >= MaxPeers)
            {
                return false;
            }

            isNew = true;
            permission = new TurnPermission(key) { IsRequested = true };
            _permissions.Add(key, permission);
            _wanted.Add(permission);
        }

        permission.LastUsed = now;
        return !permission.IsRefused;
    }

    /// <summary>All permissions wanted since the last call, several per request.</summary>
    private void RequestPermissions(Timestamp now)
    {
        while (_wanted.Count > 0)
        {
            int count = Math.Min(_wanted.Count, MaxPeersPerRequest);
            var transaction = new TurnTransaction(StunMethod.CreatePermission) { Permissions = _wanted.GetRange(0, count) };
            _wanted.RemoveRange(0, count);
            Begin(transaction, now);
        }
    }

    private void Grant(List<TurnPermission> permissions, Timestamp now)
    {
        foreach (TurnPermission permission in permissions)
        {
            permission.IsRequested = false;
            permission.RenewAt = now + TurnPermission.RefreshAfter;
        }
    }

    private void Refuse(List<TurnPermission> permissions, int code, Timestamp now)
    {
        if (permissions.Count > 1 && code is StunErrorCode.Forbidden or StunErrorCode.BadRequest or StunErrorCode.AddressFamilyNotSupported)
        {
            // One bad peer fails the whole request: find it by asking one by one.
            foreach (TurnPermission permission in permissions)
            {
                Begin(new TurnTransaction(StunMethod.CreatePermission) { Permissions = [permission] }, now);
            }

            return;
        }

        if (code == StunErrorCode.AllocationMismatch)
        {
            Fail(new TurnFailure(TurnFailureReason.AllocationLost, code));
            return;
        }

        foreach (TurnPermission permission in permissions)
        {
            permission.IsRequested = false;
            permission.IsRefused = true;
            permission.RenewAt = now + TurnPermission.RefusedFor;
            AddEvent(new TurnEvent(TurnEventKind.PeerRefused, permission.Peer));
        }
    }

    /// <summary>No answer: forgotten, so that the next datagram asks again.</summary>
    private void Release(List<TurnPermission> permissions, Timestamp now)
    {
        foreach (TurnPermission permission in permissions)
        {
            permission.IsRequested = false;
            permission.RenewAt = now;
            _permissions.Remove(permission.Peer);
        }
    }

    private void CountTowardsChannel(in TransportAddress peer, Timestamp now)
    {
        if (_channels.TryGetValue(peer, out TurnChannel? lapsed))
        {
            if (!lapsed.IsRequested)
            {
                RequestChannel(peer, now);
            }

            return;
        }

        if (!_datagramsSent.TryGetValue(peer, out int count) && _datagramsSent.Count >= MaxPeers)
        {
            // Counts of peers that never got a channel; starting over costs nothing but a later channel.
            _datagramsSent.Clear();
        }

        _datagramsSent[peer] = ++count;
        if (count >= DatagramsBeforeChannel)
        {
            _datagramsSent.Remove(peer);
            RequestChannel(peer, now);
        }
    }

    private void RequestChannel(in TransportAddress peer, Timestamp now)
    {
        if (!_channels.TryGetValue(peer, out TurnChannel? channel))
        {
            if (NextFreeNumber() is not { } number)
            {
                return;
            }

            channel = new TurnChannel(number, peer);
            _channels.Add(peer, channel);
            _channelsByNumber.Add(number, channel);
        }

        if (!channel.IsRequested)
        {
            channel.IsRequested = true;
            channel.LastUsed = now;
            channel.HeldUntil = now + TurnChannel.NumberHeldFor;
            Begin(new TurnTransaction(StunMethod.ChannelBind) { Channel = channel }, now);
        }
    }

    private ushort? NextFreeNumber()
    {
        const int Numbers = TurnChannel.LastNumber - TurnChannel.FirstNumber + 1;
        for (int i = 0; i < Numbers && _channels.Count < MaxPeers; i++)
        {
            ushort number = _nextChannel;
            _nextChannel = number == TurnChannel.LastNumber ? TurnChannel.FirstNumber : (ushort)(number + 1);
            if (!_channelsByNumber.ContainsKey(number))
            {
                return number;
            }
        }

        return null;
    }

    private static void Bind(TurnChannel channel, Timestamp now)
    {
        channel.IsRequested = false;
        channel.IsBound = true;
        channel.RenewAt = now + TurnChannel.RefreshAfter;
        channel.HeldUntil = now + TurnChannel.NumberHeldFor;
    }

    /// <summary>Refused or unanswered: Send indications do until it is asked for again.</summary>
    private static void Release(TurnChannel channel, Timestamp now)
    {
        channel.IsBound = false;
        channel.RenewAt = Timestamp.Never;
        // Stays "requested" for a while, so that not each datagram asks again.
        channel.HeldUntil = now + TurnPermission.RefusedFor;
    }

    /// <summary>Renews what is used, forgets what is not.</summary>
    private void RenewPeers(Timestamp now)
    {
        foreach (TurnPermission permission in _permissions.Values.ToArray())
        {
            if (permission.IsRequested || now < permission.RenewAt)
            {
                continue;
            }

            if (permission.IsRefused || now - permission.LastUsed >= TurnPermission.Lifetime)
            {
                _permissions.Remove(permission.Peer);
            }
            else
            {
                permission.IsRequested = true;
                _wanted.Add(permission);
            }
        }

        RequestPermissions(now);
        foreach (TurnChannel channel in _channels.Values.ToArray())
        {
            if (now >= channel.HeldUntil)
            {
                _channels.Remove(channel.Peer);
                _channelsByNumber.Remove(channel.Number);
            }
            else if (now >= channel.RenewAt && !channel.IsRequested)
            {
                channel.RenewAt = Timestamp.Never;
                if (now - channel.LastUsed < TurnChannel.RefreshAfter)
                {
                    RequestChannel(channel.Peer, now);
                }
                else
                {
                    // The number stays with this peer until the server has surely forgotten it.
                    channel.IsBound = false;
                }
            }
        }
    }

    private Timestamp PeersDeadline()
    {
        Timestamp deadline = Timestamp.Never;
        foreach (TurnPermission permission in _permissions.Values)
        {
            deadline = permission.IsRequested ? deadline : Timestamp.Min(deadline, permission.RenewAt);
        }

        foreach (TurnChannel channel in _channels.Values)
        {
            deadline = Timestamp.Min(deadline, channel.HeldUntil);
            deadline = channel.IsRequested ? deadline : Timestamp.Min(deadline, channel.RenewAt);
        }

        return deadline;
    }

    private void ForgetPeers()
    {
        _permissions.Clear();
        _channels.Clear();
        _channelsByNumber.Clear();
        _datagramsSent.Clear();
        _wanted.Clear();
    }
}
