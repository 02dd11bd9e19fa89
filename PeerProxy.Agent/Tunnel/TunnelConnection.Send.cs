using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>From queued frames to the streams channel: one writer, late binding, so that a new or more urgent stream waits for no more than one message.</summary>
public sealed partial class TunnelConnection
{
    private readonly SendScheduler _scheduler = new();
    private readonly AsyncSignal _streamSignal = new();
    private readonly SemaphoreSlim _streamSlots;
    private SendCredit _sendCredit;
    private uint _nextStreamId = 1;

    /// <summary>Opens a stream (visitor only). Waits while the agent's MAX_STREAMS are open.</summary>
    /// <exception cref="TunnelStreamException">The connection is over, or the agent takes no more streams.</exception>
    public async ValueTask<TunnelStream> OpenStreamAsync(CancellationToken cancellationToken = default)
    {
        if (_role != TunnelRole.Visitor)
        {
            throw new InvalidOperationException("Only the visitor opens streams.");
        }

        await _streamSlots.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (Gate)
        {
            if (_end is not null || _lastServed is not null)
            {
                _streamSlots.Release();
                throw new TunnelStreamException(TunnelErrorCode.GoingAway, _end?.Reason ?? "The agent takes no more streams.");
            }

            var id = _nextStreamId++;
            _numbers.Open(id);
            var stream = new TunnelStream(
                this, id, _peerSettings.InitialStreamCredit, _options.Settings.InitialStreamCredit, new FrameOrder(toAgent: false))
            {
                LastGrant = _options.TimeProvider.GetTimestamp(),
            };
            _streams.Add(id, stream);
            return stream;
        }
    }

    /// <summary>A stream has a frame to send.</summary>
    internal void OnOutbound(TunnelStream stream)
    {
        AssertLocked();
        _scheduler.Ready(stream);
        _streamSignal.Set();
    }

    internal void OnReceiveStopped(TunnelStream stream)
    {
        AssertLocked();
        if (_streams.ContainsKey(stream.Id))
        {
            CloseWhenComplete(stream);
        }
    }

    internal void ResetStream(TunnelStream stream, TunnelErrorCode code, string reason)
    {
        lock (Gate)
        {
            if (!_streams.ContainsKey(stream.Id))
            {
                return;
            }

            stream.End(new TunnelStreamException(code, reason));
            QueueReset(stream.Id, code, reason);
            CloseStream(stream);
        }
    }

    private async Task RunStreamWriterAsync()
    {
        try
        {
            while (true)
            {
                TunnelStream stream;
                OutboundFrame frame;
                byte urgency;
                bool found;
                lock (Gate)
                {
                    if (_end is not null)
                    {
                        return;
                    }

                    found = _scheduler.TryTake(ref _sendCredit, out stream, out frame);
                    urgency = found ? (byte)stream.EffectiveUrgency : default;
                }

                if (!found)
                {
                    await _streamSignal.WaitAsync().ConfigureAwait(false);
                    continue;
                }

                // A buffer is given back only when the channel is known to be done with it.
                await _streamsChannel.SendAsync(frame.Message, urgency, _writersStopped.Token).ConfigureAwait(false);
                frame.Return();

                if (frame.IsFinal)
                {
                    lock (Gate)
                    {
                        stream.IsSendComplete = true;
                        if (_streams.ContainsKey(stream.Id))
                        {
                            CloseWhenComplete(stream);
                        }
                    }
                }
            }
        }
        catch (Exception exception)
        {
            OnLoopFault(exception);
        }
    }
}
