using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Tunnel;

/// <summary>From messages to frames in order.</summary>
public sealed partial class TunnelConnection
{
    private ReceiveCredit _receiveCredit;

    /// <summary>Bytes of heads and trailers that were received and not read yet.</summary>
    private long _pendingHeadBytes;

    /// <summary>Frames that were received and not read yet.</summary>
    private int _waitingFrames;

    private long _lastConnectionGrant;

    private async Task RunReaderAsync(IDataChannel channel)
    {
        try
        {
            while (await channel.ReceiveAsync().ConfigureAwait(false) is { } message)
            {
                Handle(message);
            }

            End(new TunnelEnd(TunnelErrorCode.NoError, "The data channel was closed.", ByPeer: true), announce: false);
        }
        catch (Exception exception)
        {
            OnLoopFault(exception);
        }
    }

    /// <summary>Takes one message; keeps it or disposes it.</summary>
    private void Handle(DataChannelMessage message)
    {
        var kept = false;
        try
        {
            var result = FrameHeader.TryRead(message.Data.Span, out var header, out var error);
            if (message.IsText)
            {
                (result, error) = (FrameReadResult.Error, TunnelErrorCode.Protocol);
            }

            lock (Gate)
            {
                _lastReceived = _options.TimeProvider.GetTimestamp();
                if (_end is not null || result == FrameReadResult.Ignored)
                {
                    return;
                }

                if (result == FrameReadResult.Error)
                {
                    Fail(error, "A frame was malformed.");
                    return;
                }

                if (header.Type.IsSequenced())
                {
                    HandleSequenced(header, message, ref kept);
                }
                else
                {
                    HandleControl(header, message.Data.Span[FrameHeader.Size..]);
                }
            }
        }
        finally
        {
            if (!kept)
            {
                message.Dispose();
            }
        }
    }

    private void HandleSequenced(FrameHeader header, DataChannelMessage message, ref bool kept)
    {
        var cost = header.Type.CostsCredit() ? header.Length : 0;
        if (!_receiveCredit.TryReceive(cost))
        {
            Fail(TunnelErrorCode.FlowControl, "More was sent than the connection's credit.");
            return;
        }

        if (FindStream(header) is not { } stream)
        {
            ConsumeOnConnection(cost);
            return;
        }

        if (!stream.ReceiveCredit.TryReceive(cost))
        {
            Fail(TunnelErrorCode.FlowControl, "More was sent than the stream's credit.");
            return;
        }

        var frame = new InboundFrame(stream, message, header);
        var result = stream.Reorder.Add(header.Sequence, header.IsFinal, frame);
        if (result == ReorderResult.Error)
        {
            Fail(TunnelErrorCode.Protocol, "A sequence number was repeated, or lies outside the stream.");
            return;
        }

        kept = true;
        CountWaiting(header, +1);
        if (result == ReorderResult.InOrder)
        {
            do
            {
                if (!stream.Order.TryAdvance(frame.Type, frame.HasMore))
                {
                    Discard(frame);
                    Fail(TunnelErrorCode.Protocol, $"A frame of type {frame.Type} came out of turn.");
                    return;
                }

                Deliver(stream, frame);
            }
            while (stream.Reorder.TryTakeNext(out frame));
            CloseWhenComplete(stream);
        }

        if (_pendingHeadBytes > TunnelLimits.MaxPendingHeadBytes || stream.Reorder.HeldCount > TunnelLimits.MaxHeldFrames)
        {
            Fail(TunnelErrorCode.TooLarge, "Too many heads or early frames wait.");
        }
        else if (_waitingFrames > TunnelLimits.MaxHeldFrames && stream.Failure is null)
        {
            // Tiny frames cost more memory than credit; the stream that has too many unread ones goes, the others stay.
            ResetStream(stream, TunnelErrorCode.TooLarge, "Too many small frames wait to be read.");
        }
    }

    private void Deliver(TunnelStream stream, InboundFrame frame)
    {
        // Nobody waits for an empty part of a body, and it costs no credit that would bound how many are kept.
        if (stream.IsReceiveStopped || (frame.Type == FrameType.Body && frame.Header.Length == 0 && !frame.IsFinal))
        {
            Discard(frame);
            return;
        }

        stream.Deliver(frame);
        if (!stream.IsAnnounced)
        {
            stream.IsAnnounced = true;
            if (_options.StreamOpened is { } opened && _role == TunnelRole.Agent)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static state => state.opened(state.stream), (opened, stream), preferLocal: false);
            }
        }
    }

    /// <summary>The stream a sequenced frame belongs to, opened if it is new; null when the frame is to be ignored.</summary>
    private TunnelStream? FindStream(FrameHeader header)
    {
        if (_streams.TryGetValue(header.StreamId, out var stream))
        {
            return stream;
        }

        if (_role == TunnelRole.Visitor)
        {
            return null;
        }

        switch (_numbers.StateOf(header.StreamId))
        {
            case StreamNumberState.Invalid:
                Fail(TunnelErrorCode.Protocol, "A stream number is too far ahead.");
                return null;
            case StreamNumberState.Unseen when _lastServed is not null || _streams.Count >= _options.Settings.MaxStreams:
                _numbers.Close(header.StreamId);
                QueueReset(header.StreamId, TunnelErrorCode.Refused, _lastServed is null ? "Too many streams are open." : "The agent shuts down.");
                return null;
            case StreamNumberState.Unseen:
                _numbers.Open(header.StreamId);
                stream = new TunnelStream(
                    this, header.StreamId, _peerSettings.InitialStreamCredit, _options.Settings.InitialStreamCredit, new FrameOrder(toAgent: true))
                {
                    LastGrant = _options.TimeProvider.GetTimestamp(),
                };
                _streams.Add(header.StreamId, stream);
                return stream;
            default:
                return null;
        }
    }

    /// <summary>A frame was used by its reader.</summary>
    internal void OnConsumed(TunnelStream stream, FrameHeader header)
    {
        lock (Gate)
        {
            CountWaiting(header, -1);
            if (!header.Type.CostsCredit())
            {
                return;
            }

            ConsumeOnConnection(header.Length);
            if (!stream.ReceiveCredit.Consume(header.Length, out var limit)
                || stream.IsReceiveStopped || stream.Reorder.IsComplete || !_streams.ContainsKey(stream.Id))
            {
                return;
            }

            var now = _options.TimeProvider.GetTimestamp();
            Widen(ref stream.ReceiveCredit, now, stream.LastGrant, TunnelLimits.MaxStreamWindowBytes, ref limit);
            stream.LastGrant = now;
            QueueGrant(stream, limit);
        }
    }

    /// <summary>A frame nobody will read: its buffer and its bytes go back at once.</summary>
    internal void Discard(InboundFrame frame)
    {
        AssertLocked();
        frame.DisposeBuffer();
        CountWaiting(frame.Header, -1);
        if (frame.Type.CostsCredit())
        {
            ConsumeOnConnection(frame.Header.Length);
        }
    }

    private void ConsumeOnConnection(int bytes)
    {
        if (!_receiveCredit.Consume(bytes, out var limit))
        {
            return;
        }

        var now = _options.TimeProvider.GetTimestamp();
        Widen(ref _receiveCredit, now, _lastConnectionGrant, MaxConnectionWindowBytes, ref limit);
        _lastConnectionGrant = now;
        _pendingConnectionGrant = limit;
        _controlSignal.Set();
    }

    /// <summary>Twice the initial window: two fast streams at their largest windows, and a bound on what one visitor's uploads can hold.</summary>
    private const long MaxConnectionWindowBytes = 16 * 1024 * 1024;

    /// <summary>
    /// How many round trips a window holds: one until a grant arrives, half the window until the next is made, and twice that for a sender that doubles its rate with
    /// each round trip. One that waits for a grant sends all that its congestion window allows at once when it comes, and that overflows queues.
    /// </summary>
    private const int WindowRoundTrips = 8;

    /// <summary>
    /// Widens a window of which half was used up too soon, at least to double, and grants it with the limit that is due anyway: a grant of its own would look like
    /// consumption, and widen again.
    /// </summary>
    private void Widen(ref ReceiveCredit credit, long now, long lastGrant, long maximum, ref long limit)
    {
        if (_options.RoundTripTime() is not { } roundTrip)
        {
            return;
        }

        var elapsed = _options.TimeProvider.GetElapsedTime(lastGrant, now);
        if (elapsed >= roundTrip * WindowRoundTrips / 2)
        {
            return;
        }

        // Half of the window went by in this time, or somewhat more.
        var wanted = credit.Window / 2 * WindowRoundTrips * Math.Min(roundTrip / elapsed, WindowRoundTrips);
        credit.Widen(Math.Min(Math.Max(2 * credit.Window, (long)wanted), maximum));
        if (credit.Consume(0, out var wider))
        {
            limit = wider;
        }
    }

    private void CountWaiting(FrameHeader header, int by)
    {
        _waitingFrames += by;
        if (!header.Type.CostsCredit())
        {
            _pendingHeadBytes += by * header.Length;
        }
    }

    private void CloseWhenComplete(TunnelStream stream)
    {
        if (!stream.IsSendComplete)
        {
            return;
        }

        if (!stream.Reorder.IsComplete)
        {
            if (!stream.IsReceiveStopped)
            {
                return;
            }

            QueueReset(stream.Id, TunnelErrorCode.NoError, "");
        }

        CloseStream(stream);
    }
}
