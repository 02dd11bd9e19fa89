using System.Security.Cryptography;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>The control channel: SETTINGS, CREDIT, RESET, GOAWAY, HEARTBEAT, CONTROL.</summary>
public sealed partial class TunnelConnection
{
    /// <summary>Control frames that may wait: a peer that makes us answer and does not read the answers is cut off instead of filling memory.</summary>
    private const int MaxQueuedControlFrames = 4096;

    private static readonly TimeSpan HeartbeatCheck = TimeSpan.FromSeconds(5);

    /// <summary>How long a GOAWAY may take to reach the channel before the connection ends without it.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly AsyncSignal _controlSignal = new();
    private readonly Queue<OutboundFrame> _controlQueue = new();
    private readonly Queue<TunnelStream> _grants = new();
    private long? _pendingConnectionGrant;
    private long _lastReceived;
    private long? _askedAt;

    /// <summary>Sends a CONTROL frame; <paramref name="json"/> is a JSON object with a <c>type</c> member.</summary>
    public void SendControl(ReadOnlySpan<byte> json)
    {
        var frame = OutboundFrame.Rent(json.Length);
        json.CopyTo(frame.Payload.Span);
        lock (Gate)
        {
            QueueControl(frame, FrameType.Control, 0, json.Length);
        }
    }

    private void HandleControl(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Settings:
                HandleSettings(payload);
                break;
            case FrameType.Credit:
                CreditFrame.TryRead(payload, out var credit);
                HandleCredit(header.StreamId, credit.Limit);
                break;
            case FrameType.Reset:
                HandleReset(header.StreamId, payload);
                break;
            case FrameType.GoAway:
                HandleGoAway(payload);
                break;
            case FrameType.Heartbeat when header.IsFinal:
                _askedAt = null;
                break;
            case FrameType.Heartbeat:
                var answer = OutboundFrame.Rent(payload.Length);
                payload.CopyTo(answer.Payload.Span);
                QueueControl(answer, FrameType.Heartbeat, 0, payload.Length, FrameFlags.Final);
                break;
            case FrameType.Control:
                _inboundControl?.TryAdd(payload);
                break;
        }
    }

    private void HandleSettings(ReadOnlySpan<byte> payload)
    {
        if (!TunnelSettings.TryRead(payload, out var settings, out var error))
        {
            Fail(error, "The settings are out of range.");
            return;
        }

        if (_role == TunnelRole.Visitor && settings.MaxStreams > _peerSettings.MaxStreams)
        {
            _streamSlots.Release((int)(settings.MaxStreams - _peerSettings.MaxStreams));
        }

        _peerSettings = settings;
        HandleCredit(0, settings.InitialConnectionCredit);
        foreach (var stream in _streams.Values)
        {
            HandleCredit(stream.Id, settings.InitialStreamCredit);
        }
    }

    private void HandleCredit(uint streamId, ulong limit)
    {
        if (streamId == 0)
        {
            if (_sendCredit.Raise(limit))
            {
                _scheduler.ConnectionCreditRaised();
                _streamSignal.Set();
            }
        }
        else if (_streams.TryGetValue(streamId, out var stream) && stream.SendCredit.Raise(limit))
        {
            OnOutbound(stream);
        }
    }

    private void HandleReset(uint streamId, ReadOnlySpan<byte> payload)
    {
        if (!ResetFrame.TryRead(payload, out var reset, out var error))
        {
            Fail(error, "A RESET was malformed.");
            return;
        }

        if (!_streams.TryGetValue(streamId, out var stream))
        {
            switch (_role == TunnelRole.Agent ? _numbers.StateOf(streamId) : StreamNumberState.Closed)
            {
                case StreamNumberState.Unseen:
                    // It overtook the head of its own stream.
                    _numbers.Close(streamId);
                    break;
                case StreamNumberState.Invalid:
                    Fail(TunnelErrorCode.Protocol, "A stream number is too far ahead.");
                    break;
            }

            return;
        }

        if (_role == TunnelRole.Visitor && reset.Code == TunnelErrorCode.NoError)
        {
            // The response stands, and its last frames may still be on their way: only the rest of the request is not wanted.
            stream.StopSending();
            stream.IsSendComplete = true;
            CloseWhenComplete(stream);
            return;
        }

        stream.End(new TunnelStreamException(reset.Code, reset.Reason));
        CloseStream(stream);
    }

    private void HandleGoAway(ReadOnlySpan<byte> payload)
    {
        if (!GoAwayFrame.TryRead(payload, out var goAway, out var error))
        {
            Fail(error, "A GOAWAY was malformed.");
            return;
        }

        if (goAway.Code is not (TunnelErrorCode.NoError or TunnelErrorCode.GoingAway))
        {
            End(new TunnelEnd(goAway.Code, goAway.Reason, ByPeer: true), announce: false);
            return;
        }

        if (_role == TunnelRole.Visitor)
        {
            _lastServed = goAway.LastStreamId;
            foreach (var stream in _streams.Values.Where(stream => stream.Id > goAway.LastStreamId).ToArray())
            {
                stream.End(new TunnelStreamException(TunnelErrorCode.Refused, goAway.Reason));
                CloseStream(stream);
            }
        }
    }

    private void QueueGrant(TunnelStream stream, long limit)
    {
        if (stream.PendingGrant is null)
        {
            _grants.Enqueue(stream);
        }

        stream.PendingGrant = limit;
        _controlSignal.Set();
    }

    private void QueueReset(uint streamId, TunnelErrorCode code, string reason)
    {
        var frame = OutboundFrame.Rent(ResetFrame.MaxSize);
        QueueControl(frame, FrameType.Reset, streamId, new ResetFrame(code, reason).Write(frame.Payload.Span));
    }

    private void QueueGoAway(TunnelErrorCode code, string reason)
    {
        var frame = OutboundFrame.Rent(GoAwayFrame.MaxSize);
        QueueControl(frame, FrameType.GoAway, 0, new GoAwayFrame(_lastServed ?? _numbers.Highest, code, reason).Write(frame.Payload.Span));
    }

    private void QueueControl(OutboundFrame frame, FrameType type, uint streamId, int length, FrameFlags flags = FrameFlags.None)
    {
        AssertLocked();
        if (_controlQueue.Count >= MaxQueuedControlFrames)
        {
            frame.Return();
            End(new TunnelEnd(TunnelErrorCode.Internal, "The peer does not read its control channel.", ByPeer: false), announce: false);
            return;
        }

        _controlQueue.Enqueue(frame.WithHeader(new FrameHeader(type, streamId, length, flags: flags)));
        _controlSignal.Set();
    }

    private async Task RunControlWriterAsync()
    {
        try
        {
            while (true)
            {
                if (TryTakeControl(out var frame, out var ended))
                {
                    await _control.SendAsync(frame.Message, cancellationToken: _writersStopped.Token).ConfigureAwait(false);
                    frame.Return();
                }
                else if (ended)
                {
                    break;
                }
                else
                {
                    await _controlSignal.WaitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception)
        {
            OnLoopFault(exception);
        }

        // Last, so that a GOAWAY is with the channel before anybody closes it.
        _completion.TrySetResult(_end!);
    }

    private bool TryTakeControl(out OutboundFrame frame, out bool ended)
    {
        lock (Gate)
        {
            ended = _end is not null;
            if (_controlQueue.TryDequeue(out frame))
            {
                return true;
            }

            long? limit = null;
            uint streamId = 0;
            if (_pendingConnectionGrant is not null)
            {
                (limit, _pendingConnectionGrant) = (_pendingConnectionGrant, null);
            }
            else
            {
                while (limit is null && _grants.TryDequeue(out var stream))
                {
                    // A stream that is over needs no credit any more.
                    limit = _streams.ContainsKey(stream.Id) ? stream.PendingGrant : null;
                    streamId = stream.Id;
                    stream.PendingGrant = null;
                }
            }

            if (limit is null || ended)
            {
                return false;
            }

            frame = OutboundFrame.Rent(CreditFrame.Size);
            new CreditFrame((ulong)limit).Write(frame.Payload.Span);
            frame = frame.WithHeader(new FrameHeader(FrameType.Credit, streamId, CreditFrame.Size));
            return true;
        }
    }

    private void CheckHeartbeat()
    {
        lock (Gate)
        {
            if (_end is not null)
            {
                return;
            }

            var now = _options.TimeProvider.GetTimestamp();
            var silence = _options.TimeProvider.GetElapsedTime(_lastReceived, now);
            if (silence < TunnelLimits.HeartbeatInterval)
            {
                _askedAt = null;
            }
            else if (_askedAt is null)
            {
                _askedAt = now;
                var frame = OutboundFrame.Rent(TunnelLimits.HeartbeatBytes);
                RandomNumberGenerator.Fill(frame.Payload.Span[..TunnelLimits.HeartbeatBytes]);
                QueueControl(frame, FrameType.Heartbeat, 0, TunnelLimits.HeartbeatBytes);
            }
            else if (_options.TimeProvider.GetElapsedTime(_askedAt.Value, now) >= TunnelLimits.HeartbeatTimeout)
            {
                End(new TunnelEnd(TunnelErrorCode.Timeout, "The peer gave no sign of life.", ByPeer: false), announce: false);
            }
        }
    }
}
