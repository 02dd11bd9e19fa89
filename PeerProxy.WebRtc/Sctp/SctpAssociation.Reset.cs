using System.Buffers.Binary;
using PeerProxy.WebRtc.Sctp.Chunks;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.WebRtc.Sctp;

/// <content>Stream reset (RFC 6525): our outgoing requests, one at a time, and the peer's.</content>
public sealed partial class SctpAssociation
{
    /// <summary>Streams per request; more go in the next one.</summary>
    private const int MaxStreamsPerRequest = 256;

    private readonly List<ushort> _requestedStreams = [];
    private readonly List<ushort> _deferredStreams = [];
    private uint _nextRequest;
    private uint _nextPeerRequest;
    private bool _requestPending;
    private bool _requestOutstanding;
    private int _requestTries;
    private uint _requestLastTsn;
    private bool _hasDeferredReset;
    private long _deferredLastTsn;
    private uint _lastPeerRequest;
    private ReconfigResult _lastPeerResult;
    private bool _hasLastPeerRequest;

    /// <summary>Resets our side of streams once what is queued on them is delivered (RFC 6525); the outcome comes as an event per stream.</summary>
    public void ResetStreams(ReadOnlySpan<ushort> streamIds, Timestamp now)
    {
        foreach (ushort streamId in streamIds)
        {
            OutgoingStream stream = _sender.Queue.Get(streamId);
            if (stream.ResetState == StreamResetState.None)
            {
                stream.ResetState = StreamResetState.Draining;
                _sender.ResettingStreams++;
            }
        }

        StartResets(now);
    }

    /// <summary>Puts drained streams into a request when none is outstanding.</summary>
    private void StartResets(Timestamp now)
    {
        if (_requestOutstanding || _sender.ResettingStreams == 0 || State != SctpState.Established)
        {
            return;
        }

        _requestedStreams.Clear();
        foreach (OutgoingStream stream in _sender.Queue.Streams)
        {
            if (stream.ResetState == StreamResetState.Draining && stream.UnacknowledgedBytes == 0 && _requestedStreams.Count < MaxStreamsPerRequest)
            {
                stream.ResetState = StreamResetState.Requested;
                _requestedStreams.Add(stream.Id);
            }
        }

        if (_requestedStreams.Count == 0)
        {
            return;
        }

        if (!CanResetStreams)
        {
            FinishRequest(ReconfigResult.Denied, now);
            return;
        }

        _requestOutstanding = true;
        _requestPending = true;
        _requestTries = 0;
        _requestLastTsn = (uint)(_sender.Ring.NextTsn - 1);
        _timers.Set(SctpTimer.Reconfig, now + _rtt.Timeout);
    }

    private void OnReconfigTimer(Timestamp now)
    {
        if (!_requestOutstanding)
        {
            return;
        }

        if (++_requestTries > _options.MaxRetransmissions)
        {
            AbortFor(SctpCloseReason.PeerUnreachable, ErrorCause.UserInitiatedAbort, "stream reset stayed unanswered");
            return;
        }

        _requestPending = true;
        _timers.Set(SctpTimer.Reconfig, now + _rtt.Timeout);
    }

    private void WriteReconfig(ref SctpPacketWriter writer, Timestamp now)
    {
        int length = ReconfigParameters.OutgoingRequestLength(_requestedStreams.Count);
        if (!_requestPending || ChunkReader.HeaderLength + ChunkReader.Padded(length) > writer.Remaining)
        {
            return;
        }

        _requestPending = false;
        Span<byte> value = writer.Append(ChunkType.ReConfig, 0, length);
        ReconfigParameters.WriteOutgoingRequest(value, _nextRequest, _nextPeerRequest - 1, _requestLastTsn, _requestedStreams);
    }

    private void HandleReconfig(ReadOnlySpan<byte> value, Timestamp now)
    {
        var reader = new ChunkReader(value);
        while (State != SctpState.Ended && reader.TryReadParameter(out ushort type, out ReadOnlySpan<byte> parameter, out _))
        {
            switch (type)
            {
                case ParameterType.OutgoingResetRequest when ReconfigParameters.TryReadOutgoingRequest(parameter, out OutgoingResetRequest request):
                    HandlePeerReset(request, now);
                    break;
                case ParameterType.IncomingResetRequest when parameter.Length >= 4:
                    HandleResetWish(BinaryPrimitives.ReadUInt32BigEndian(parameter), parameter[4..], now);
                    break;
                case ParameterType.AssociationResetRequest or ParameterType.AddOutgoingStreams or ParameterType.AddIncomingStreams when parameter.Length >= 4:
                    Respond(BinaryPrimitives.ReadUInt32BigEndian(parameter), ReconfigResult.Denied);
                    break;
                case ParameterType.ReconfigResponse when parameter.Length >= 8:
                    HandleResponse(BinaryPrimitives.ReadUInt32BigEndian(parameter), (ReconfigResult)BinaryPrimitives.ReadUInt32BigEndian(parameter[4..]), now);
                    break;
            }
        }
    }

    private void HandlePeerReset(in OutgoingResetRequest request, Timestamp now)
    {
        if (_hasLastPeerRequest && request.RequestNumber == _lastPeerRequest)
        {
            // The same request again: its answer was lost, or it was still in progress.
            Respond(request.RequestNumber, _lastPeerResult);
            return;
        }

        if (request.RequestNumber != _nextPeerRequest)
        {
            Respond(request.RequestNumber, ReconfigResult.BadSequenceNumber);
            return;
        }

        _nextPeerRequest++;
        _hasLastPeerRequest = true;
        _lastPeerRequest = request.RequestNumber;
        long lastTsn = SerialNumber.Unwrap(_receiver!.CumulativeTsn, request.LastTsn);
        _deferredStreams.Clear();
        for (int i = 0; i < request.StreamCount; i++)
        {
            _deferredStreams.Add(request.Stream(i));
        }

        _hasDeferredReset = true;
        _deferredLastTsn = lastTsn;
        _lastPeerResult = ReconfigResult.InProgress;
        CompletePeerResets(now, respond: false);
        Respond(request.RequestNumber, _lastPeerResult);
    }

    /// <summary>Does a deferred reset of the peer once all data before it arrived (RFC 6525 section 5.2.2).</summary>
    private void CompletePeerResets(Timestamp now, bool respond = true)
    {
        if (!_hasDeferredReset || _receiver!.CumulativeTsn < _deferredLastTsn)
        {
            return;
        }

        _hasDeferredReset = false;
        _lastPeerResult = ReconfigResult.Performed;
        if (_deferredStreams.Count == 0)
        {
            var all = new HashSet<ushort>(_receiver.ResetAllStreams());
            foreach (OutgoingStream stream in _sender.Queue.Streams)
            {
                all.Add(stream.Id);
            }

            foreach (ushort streamId in all)
            {
                _events.Enqueue(new SctpEvent { Kind = SctpEventKind.IncomingStreamReset, StreamId = streamId });
            }
        }

        foreach (ushort streamId in _deferredStreams)
        {
            _receiver.ResetStream(streamId);
            _events.Enqueue(new SctpEvent { Kind = SctpEventKind.IncomingStreamReset, StreamId = streamId });
        }

        if (respond)
        {
            Respond(_lastPeerRequest, _lastPeerResult);
        }
    }

    /// <summary>The peer wants us to reset our side (RFC 6525 section 5.2.3).</summary>
    private void HandleResetWish(uint requestNumber, ReadOnlySpan<byte> rest, Timestamp now)
    {
        if (requestNumber == _nextPeerRequest)
        {
            _nextPeerRequest++;
            _hasLastPeerRequest = true;
            _lastPeerRequest = requestNumber;
            _lastPeerResult = ReconfigResult.Performed;
            for (; rest.Length >= 2; rest = rest[2..])
            {
                ushort streamId = BinaryPrimitives.ReadUInt16BigEndian(rest);
                if (_sender.Queue.Find(streamId) is not null)
                {
                    ResetStreams([streamId], now);
                }
            }
        }

        Respond(requestNumber, _lastPeerRequest == requestNumber ? _lastPeerResult : ReconfigResult.BadSequenceNumber);
    }

    private void HandleResponse(uint requestNumber, ReconfigResult result, Timestamp now)
    {
        if (!_requestOutstanding || requestNumber != _nextRequest)
        {
            return;
        }

        if (result == ReconfigResult.InProgress)
        {
            // Not a failure: ask again later, with the same number.
            _requestTries = 0;
            _timers.Set(SctpTimer.Reconfig, now + _rtt.Timeout);
            return;
        }

        _timers.Stop(SctpTimer.Reconfig);
        _nextRequest++;
        _requestOutstanding = false;
        _requestPending = false;
        FinishRequest(result, now);
        StartResets(now);
    }

    private void FinishRequest(ReconfigResult result, Timestamp now)
    {
        bool done = result is ReconfigResult.Performed or ReconfigResult.NothingToDo;
        foreach (ushort streamId in _requestedStreams)
        {
            OutgoingStream stream = _sender.Queue.Get(streamId);
            _sender.ResettingStreams--;
            if (done)
            {
                stream.ResetNumbers();
            }
            else
            {
                stream.ResetState = StreamResetState.None;
            }

            SctpEventKind kind = done ? SctpEventKind.OutgoingStreamReset : SctpEventKind.OutgoingStreamResetFailed;
            _events.Enqueue(new SctpEvent { Kind = kind, StreamId = streamId });
        }

        _requestedStreams.Clear();
    }

    private void Respond(uint requestNumber, ReconfigResult result)
    {
        Span<byte> chunk = stackalloc byte[ReconfigParameters.ResponseChunkLength];
        ReconfigParameters.WriteResponseChunk(chunk, requestNumber, result);
        _control.Enqueue(chunk);
    }

    private void ResetReconfiguration(uint localInitialTsn)
    {
        _nextRequest = localInitialTsn;
        _requestOutstanding = _requestPending = _hasDeferredReset = _hasLastPeerRequest = false;
        _requestedStreams.Clear();
        _deferredStreams.Clear();
    }
}
