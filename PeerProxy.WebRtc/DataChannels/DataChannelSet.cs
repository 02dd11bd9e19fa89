using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.DataChannels;

/// <summary>The data channels of one association: DCEP (RFC 8832), pre-negotiated channels, messages and closing (RFC 8831).</summary>
/// <remarks>Owns the association's events: poll <see cref="TryPollEvent"/> here, never <see cref="SctpAssociation.TryPollEvent"/>.
/// After every call here, drain packets of the association as well.</remarks>
public sealed class DataChannelSet
{
    private static readonly byte[] Ack = [DcepOpen.AckType];

    /// <summary>DCEP is small and opens what others wait for.</summary>
    private static readonly SctpSendOptions ControlOptions = new() { Urgency = SctpSendOptions.MostUrgent };

    private readonly Dictionary<ushort, DataChannel> _channels = [];
    private readonly Queue<DataChannelEvent> _events = new();
    private readonly int _parity;
    private int _nextId;

    /// <param name="isDtlsClient">The DTLS client numbers its DCEP channels even, the server odd (RFC 8832 section 6).</param>
    public DataChannelSet(SctpAssociation association, bool isDtlsClient)
    {
        Association = association;
        _parity = isDtlsClient ? 0 : 1;
        _nextId = _parity;
    }

    public SctpAssociation Association { get; }

    public int Count => _channels.Count;

    /// <summary>Largest message the peer takes (its SDP max-message-size), in bytes; our own limit applies as well. Default 262144.</summary>
    public int RemoteMaxMessageSize { get; set; } = 262_144;

    /// <summary>The channel with this stream id, if there is one.</summary>
    public DataChannel? Find(ushort id) => _channels.GetValueOrDefault(id);

    /// <summary>Opens a channel, also before the association is up. Null when the association ended, the id is taken, no id is free, or the label or protocol is over 65535 bytes.</summary>
    public DataChannel? TryOpen(DataChannelOptions options, Timestamp now)
    {
        if (Association.State == SctpState.Ended || !TryChooseId(options.NegotiatedId, out ushort id) || !AreNamesShort(options))
        {
            return null;
        }

        bool isOpen = Association.State == SctpState.Established;
        var channel = new DataChannel(this, id)
        {
            Label = options.Label,
            Protocol = options.Protocol,
            Ordered = options.Ordered,
            MaxRetransmits = options.MaxRetransmits,
            MaxPacketLifeTime = options.MaxPacketLifeTime,
            IsNegotiated = options.NegotiatedId is not null,
            State = isOpen ? DataChannelState.Open : DataChannelState.Connecting,
            MustSendOrdered = options.NegotiatedId is null,
        };
        if (!channel.IsNegotiated && !SendOpen(channel, now))
        {
            return null;
        }

        _channels.Add(id, channel);
        if (isOpen)
        {
            _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Opened, Channel = channel });
        }

        return channel;
    }

    public bool TryPollEvent(Timestamp now, out DataChannelEvent e)
    {
        while (_events.Count == 0 && Association.TryPollEvent(out SctpEvent source))
        {
            Handle(source, now);
        }

        return _events.TryDequeue(out e);
    }

    /// <summary>Received messages were consumed: opens the receive window again.</summary>
    public void ReleaseReceived(int windowBytes, Timestamp now) => Association.ReleaseReceived(windowBytes, now);

    internal bool TrySend(DataChannel channel, ReadOnlySpan<byte> message, bool isText, byte urgency, Timestamp now)
    {
        if (channel.State is not (DataChannelState.Connecting or DataChannelState.Open) || message.Length > RemoteMaxMessageSize)
        {
            return false;
        }

        var options = new SctpSendOptions
        {
            Unordered = !channel.Ordered && !channel.MustSendOrdered,
            MaxRetransmits = channel.MaxRetransmits,
            Lifetime = channel.MaxPacketLifeTime,
            Urgency = urgency,
        };
        if (message.IsEmpty)
        {
            ReadOnlySpan<byte> placeholder = [0];
            return Association.TrySend(channel.Id, isText ? DataChannelProtocol.EmptyText : DataChannelProtocol.EmptyBinary, placeholder, options, now);
        }

        return Association.TrySend(channel.Id, isText ? DataChannelProtocol.Text : DataChannelProtocol.Binary, message, options, now);
    }

    internal void Close(DataChannel channel, Timestamp now)
    {
        if (channel.State is DataChannelState.Connecting or DataChannelState.Open)
        {
            channel.State = DataChannelState.Closing;
            Association.ResetStreams([channel.Id], now);
        }
    }

    private static bool AreNamesShort(DataChannelOptions options) =>
        System.Text.Encoding.UTF8.GetByteCount(options.Label) <= DcepOpen.MaxNameLength
        && System.Text.Encoding.UTF8.GetByteCount(options.Protocol) <= DcepOpen.MaxNameLength;

    private bool TryChooseId(ushort? negotiated, out ushort id)
    {
        if (negotiated is { } given)
        {
            id = given;
            return given <= DataChannelProtocol.MaxStreamId && !_channels.ContainsKey(given);
        }

        // Fresh ids first: one that was just closed may still have packets of its old life under way.
        for (int tried = 0; tried <= DataChannelProtocol.MaxStreamId; tried += 2)
        {
            int candidate = _nextId;
            _nextId = _nextId + 2 > DataChannelProtocol.MaxStreamId ? _parity : _nextId + 2;
            if (candidate < Association.OutboundStreams && !_channels.ContainsKey((ushort)candidate))
            {
                id = (ushort)candidate;
                return true;
            }
        }

        id = 0;
        return false;
    }

    private bool SendOpen(DataChannel channel, Timestamp now)
    {
        var open = new DcepOpen
        {
            Label = channel.Label,
            Protocol = channel.Protocol,
            Ordered = channel.Ordered,
            MaxRetransmits = channel.MaxRetransmits,
            MaxPacketLifeTime = channel.MaxPacketLifeTime,
        };
        return Association.TrySend(channel.Id, DataChannelProtocol.Control, open.Encode(), ControlOptions, now);
    }

    private void Handle(in SctpEvent source, Timestamp now)
    {
        switch (source.Kind)
        {
            case SctpEventKind.StateChanged when source.State == SctpState.Established:
                OnConnected();
                break;
            case SctpEventKind.Message:
                OnMessage(source, now);
                break;
            case SctpEventKind.BufferedAmountLow when _channels.TryGetValue(source.StreamId, out DataChannel? channel):
                _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.BufferedAmountLow, Channel = channel });
                break;
            case SctpEventKind.IncomingStreamReset when _channels.TryGetValue(source.StreamId, out DataChannel? channel):
                // RFC 8831 6.7: the other side closes, so do we.
                channel.IsIncomingReset = true;
                Close(channel, now);
                FinishIfReset(channel);
                break;
            case SctpEventKind.OutgoingStreamReset when _channels.TryGetValue(source.StreamId, out DataChannel? channel):
                channel.IsOutgoingReset = true;
                FinishIfReset(channel);
                break;
            case SctpEventKind.OutgoingStreamResetFailed when _channels.TryGetValue(source.StreamId, out DataChannel? channel):
                Finish(channel);
                break;
            case SctpEventKind.PeerRestarted:
                OnPeerRestarted();
                break;
            case SctpEventKind.Closed:
                OnDisconnected(source);
                break;
        }
    }

    private void OnConnected()
    {
        _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Connected });
        foreach (DataChannel channel in _channels.Values)
        {
            if (channel.Id >= Association.OutboundStreams)
            {
                Finish(channel);
            }
            else if (channel.State == DataChannelState.Connecting)
            {
                channel.State = DataChannelState.Open;
                _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Opened, Channel = channel });
            }
        }
    }

    private void OnMessage(in SctpEvent message, Timestamp now)
    {
        if (message.PayloadProtocol == DataChannelProtocol.Control)
        {
            OnControl(message.StreamId, message.Data.Span, now);
            Drop(message, now);
            return;
        }

        bool isText = message.PayloadProtocol is DataChannelProtocol.Text or DataChannelProtocol.EmptyText;
        bool isEmpty = message.PayloadProtocol is DataChannelProtocol.EmptyText or DataChannelProtocol.EmptyBinary;
        bool isKnown = isText || isEmpty || message.PayloadProtocol == DataChannelProtocol.Binary;
        if (!isKnown || !_channels.TryGetValue(message.StreamId, out DataChannel? channel) || channel.State == DataChannelState.Closed)
        {
            Drop(message, now);
            return;
        }

        // Any answer shows that the peer knows the channel.
        channel.MustSendOrdered = false;
        _events.Enqueue(new DataChannelEvent
        {
            Kind = DataChannelEventKind.Message,
            Channel = channel,
            IsText = isText,
            Payload = message.Payload,
            Length = isEmpty ? 0 : message.Length,
            WindowBytes = message.WindowBytes,
        });
    }

    private void Drop(in SctpEvent message, Timestamp now)
    {
        message.Payload?.Dispose();
        Association.ReleaseReceived(message.WindowBytes, now);
    }

    private void OnControl(ushort streamId, ReadOnlySpan<byte> message, Timestamp now)
    {
        bool exists = _channels.TryGetValue(streamId, out DataChannel? channel);
        if (exists && message.Length > 0 && message[0] == DcepOpen.AckType)
        {
            channel!.MustSendOrdered = false;
            return;
        }

        if (exists || streamId > DataChannelProtocol.MaxStreamId || !DcepOpen.TryRead(message, out DcepOpen open))
        {
            return;
        }

        // An ACK that cannot be queued means the association is closing or the id is still being reset.
        if (!Association.TrySend(streamId, DataChannelProtocol.Control, Ack, ControlOptions, now))
        {
            return;
        }

        channel = new DataChannel(this, streamId)
        {
            Label = open.Label,
            Protocol = open.Protocol,
            Ordered = open.Ordered,
            MaxRetransmits = open.MaxRetransmits,
            MaxPacketLifeTime = open.MaxPacketLifeTime,
            IsRemote = true,
            State = DataChannelState.Open,
        };
        _channels.Add(streamId, channel);
        _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Opened, Channel = channel });
    }

    private void FinishIfReset(DataChannel channel)
    {
        if (channel.IsIncomingReset && channel.IsOutgoingReset)
        {
            Finish(channel);
        }
    }

    private void Finish(DataChannel channel)
    {
        channel.State = DataChannelState.Closed;
        _channels.Remove(channel.Id);
        _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Closed, Channel = channel });
    }

    /// <summary>The peer's new life knows nothing of channels made by DCEP; negotiated ones exist by agreement.</summary>
    private void OnPeerRestarted()
    {
        foreach (DataChannel channel in _channels.Values)
        {
            if (!channel.IsNegotiated || channel.State == DataChannelState.Closing)
            {
                Finish(channel);
            }
        }
    }

    private void OnDisconnected(in SctpEvent source)
    {
        foreach (DataChannel channel in _channels.Values)
        {
            Finish(channel);
        }

        _events.Enqueue(new DataChannelEvent { Kind = DataChannelEventKind.Disconnected, CloseReason = source.CloseReason, Detail = source.Detail });
    }
}
