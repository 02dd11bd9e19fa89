using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.DataChannels;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>The channels of one connection, between its loop and the threads that use them. On the loop only.</summary>
internal sealed class HostedChannels(HostedConnection connection, SendBudget budget)
{
    private readonly List<HostedChannel> _unopened = [];
    private readonly HashSet<HostedChannel> _channels = [];
    private long _queued;

    /// <summary>Messages of other threads on their way to the association.</summary>
    public OutgoingQueue Outgoing { get; } = new();

    /// <summary>Opens a channel of ours, now or once the association is known.</summary>
    public void Open(HostedChannel channel, Timestamp now)
    {
        _channels.Add(channel);
        if (connection.Peer.Channels is null)
        {
            _unopened.Add(channel);
            return;
        }

        if (connection.Peer.Channels.TryOpen(channel.Options, now) is { } opened)
        {
            channel.Attach(opened);
        }
        else
        {
            _channels.Remove(channel);
            channel.OnClosed();
        }
    }

    public void OpenWaiting(Timestamp now)
    {
        foreach (var channel in _unopened)
        {
            Open(channel, now);
        }

        _unopened.Clear();
    }

    /// <summary>Hands an event to its channel.</summary>
    /// <param name="opened">Told of a channel the peer opened.</param>
    public void Dispatch(in DataChannelEvent channelEvent, Action<IDataChannel>? opened)
    {
        var channel = channelEvent.Channel?.Tag as HostedChannel;
        switch (channelEvent.Kind)
        {
            case DataChannelEventKind.Opened when channel is null && channelEvent.Channel is { IsRemote: true } remote:
                channel = new HostedChannel(connection, remote);
                _channels.Add(channel);
                channel.OnOpened();
                opened?.Invoke(channel);
                break;
            case DataChannelEventKind.Opened:
                channel?.OnOpened();
                break;
            case DataChannelEventKind.Message when channel is not null:
                channel.OnMessage(channelEvent);
                break;
            case DataChannelEventKind.Message:
                channelEvent.Payload?.Dispose();
                connection.AddReleased(channelEvent.WindowBytes);
                break;
            case DataChannelEventKind.Closed when channel is not null:
                _channels.Remove(channel);
                channel.OnClosed();
                break;
        }
    }

    /// <summary>Moves messages to the association as far as it wants more.</summary>
    public void MoveOutgoing(Timestamp now)
    {
        if (connection.Peer.Channels is not { } channels)
        {
            return;
        }

        while (Outgoing.TryPeek(out var message))
        {
            var channel = message.Channel.Inner;
            if (channel is null && !message.Channel.Closed.IsCompleted)
            {
                // Its opening is still on its way to this thread.
                return;
            }

            if (message.IsClose)
            {
                channel?.Close(now);
            }
            else if (channel is { State: DataChannelState.Connecting or DataChannelState.Open })
            {
                // Less urgent bytes are overtaken there: they hold nothing up.
                var queued = channels.Association.GetQueuedBytesUpTo(message.Urgency);
                if (queued >= budget.LimitQueue(channels.Association.QueueTargetBytes))
                {
                    return;
                }

                if (!channel.TrySend(message.Payload.AsSpan(0, message.Length), message.IsText, now, message.Urgency) && channels.Association.QueuedBytes > 0)
                {
                    // No room yet. With an empty queue there is another cause, and waiting would not help.
                    return;
                }
            }

            Outgoing.Complete(message);
        }
    }

    public void RefreshBufferedAmounts()
    {
        if (connection.Peer.Channels is { } channels)
        {
            ChargeQueued(channels.Association.QueuedBytes);
            connection.PreferredMessageBytes = budget.LimitMessage(channels.Association.PreferredMessageBytes);
        }

        foreach (var channel in _channels)
        {
            channel.RefreshBufferedAmount();
        }
    }

    public void Close()
    {
        ChargeQueued(0);
        Outgoing.Fail();
        foreach (var channel in _channels)
        {
            channel.OnClosed();
        }

        _channels.Clear();
        _unopened.Clear();
    }

    private void ChargeQueued(long bytes)
    {
        budget.Add(bytes - _queued);
        _queued = bytes;
    }
}
