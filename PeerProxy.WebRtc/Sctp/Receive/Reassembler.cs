using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>Puts messages together and hands them out, ordered ones in the order of their stream (RFC 9260 sections 6.5, 6.6, 6.9; RFC 8260).</summary>
internal sealed class Reassembler(int maxMessageSize, Queue<SctpEvent> events)
{
    /// <summary>What an event and its buffer cost at least, in window bytes: tiny messages must not hold unbounded memory inside a large window.</summary>
    private const int MinimumMessageCharge = 64;

    /// <summary>Partial messages of DATA: holes on the path, at most what <see cref="TsnTracker"/> remembers, and one more.</summary>
    private const int MaxDataRuns = 1026;

    /// <summary>Messages being sent to us at the same time by I-DATA: one per stream in practice.</summary>
    private const int MaxInterleavedMessages = 4096;

    private const int MaxRunsPerInterleavedMessage = 256;

    /// <summary>Whole messages waiting for an earlier one of their stream, over all streams.</summary>
    private const int MaxWaitingMessages = 32_768;

    private readonly FragmentRuns _dataRuns = new(maxMessageSize, MaxDataRuns);
    private readonly Dictionary<(ushort StreamId, bool Unordered, uint MessageId), FragmentRuns> _interleaved = [];
    private readonly Dictionary<ushort, IncomingStream> _streams = [];
    private int _waiting;

    /// <summary>Bytes of partial, waiting and handed-out messages that still take of the receive window.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>The part of <see cref="HeldBytes"/> that was handed out and waits for the user.</summary>
    public long HandedOutBytes { get; private set; }

    public FragmentResult Add(long tsn, in DataChunk chunk, bool interleaved)
    {
        if (chunk.IsBegin && chunk.IsEnd)
        {
            return AddWhole(chunk, interleaved);
        }

        FragmentRun? complete;
        FragmentResult result = interleaved ? AddInterleaved(chunk, out complete) : _dataRuns.Add(tsn, chunk, out complete);
        if (result is FragmentResult.Held or FragmentResult.Complete)
        {
            HeldBytes += chunk.Payload.Length;
        }

        if (complete is not null)
        {
            HeldBytes += ChargeOf(complete.Buffer.Length) - complete.Buffer.Length;
            return Deliver(complete.StreamId, complete.IsUnordered, complete.MessageNumber, complete.PayloadProtocol, complete.Buffer, interleaved);
        }

        return result;
    }

    /// <summary>The user consumed messages.</summary>
    public void Release(int windowBytes)
    {
        long released = Math.Clamp(windowBytes, 0, HandedOutBytes);
        HandedOutBytes -= released;
        HeldBytes -= released;
    }

    /// <summary>Gives up partial DATA messages up to a TSN (RFC 3758 section 3.6).</summary>
    public void SkipThrough(long tsn) => HeldBytes -= _dataRuns.DropThrough(tsn);

    /// <summary>The ordered messages of a stream up to this number will not come: those after it need not wait for them.</summary>
    public void SkipOrdered(ushort streamId, uint messageNumber, bool interleaved)
    {
        IncomingStream stream = StreamOf(streamId);
        long number = Unwrap(stream.NextNumber, messageNumber, interleaved);
        if (interleaved)
        {
            DropInterleaved(streamId, unordered: false, messageNumber);
        }

        if (number < stream.NextNumber)
        {
            return;
        }

        while (stream.TryTakeThrough(number, out SctpEvent message, out _))
        {
            _waiting--;
            HandOut(message);
        }

        stream.NextNumber = number + 1;
        DeliverWaiting(stream);
    }

    /// <summary>Gives up partial unordered I-DATA messages of a stream up to a message identifier.</summary>
    public void SkipUnordered(ushort streamId, uint messageNumber) => DropInterleaved(streamId, unordered: true, messageNumber);

    /// <summary>The peer reset its side of a stream: numbers start at zero again (RFC 6525 section 5.2.2).</summary>
    public void ResetStream(ushort streamId)
    {
        if (_streams.Remove(streamId, out IncomingStream? stream))
        {
            while (stream.TryTakeThrough(long.MaxValue, out SctpEvent message, out _))
            {
                Discard(message);
            }
        }
    }

    /// <summary>The peer reset all its streams.</summary>
    public void ResetAllStreams()
    {
        foreach (ushort streamId in _streams.Keys.ToArray())
        {
            ResetStream(streamId);
        }
    }

    /// <summary>Ids of streams that ordered messages came on.</summary>
    public IEnumerable<ushort> KnownStreams => _streams.Keys;

    /// <summary>Gives all memory back.</summary>
    public void Clear()
    {
        SkipThrough(long.MaxValue);
        foreach (FragmentRuns runs in _interleaved.Values)
        {
            runs.DropThrough(long.MaxValue);
        }

        _interleaved.Clear();
        ResetAllStreams();
    }

    private static int ChargeOf(int length) => Math.Max(length, MinimumMessageCharge);

    private static long Unwrap(long reference, uint number, bool interleaved) =>
        interleaved ? SerialNumber.Unwrap(reference, number) : SerialNumber.Unwrap16(reference, (ushort)number);

    private FragmentResult AddWhole(in DataChunk chunk, bool interleaved)
    {
        if (chunk.Payload.Length > maxMessageSize)
        {
            return FragmentResult.LimitExceeded;
        }

        var buffer = new ReceiveBuffer(chunk.Payload.Length);
        buffer.Append(chunk.Payload);
        HeldBytes += ChargeOf(chunk.Payload.Length);
        return Deliver(chunk.StreamId, chunk.IsUnordered, chunk.MessageNumber, chunk.PayloadProtocol, buffer, interleaved);
    }

    private FragmentResult AddInterleaved(in DataChunk chunk, out FragmentRun? complete)
    {
        (ushort, bool, uint) key = (chunk.StreamId, chunk.IsUnordered, chunk.MessageNumber);
        complete = null;
        if (!_interleaved.TryGetValue(key, out FragmentRuns? runs))
        {
            if (_interleaved.Count >= MaxInterleavedMessages)
            {
                return FragmentResult.LimitExceeded;
            }

            runs = new FragmentRuns(maxMessageSize, MaxRunsPerInterleavedMessage);
            _interleaved.Add(key, runs);
        }

        FragmentResult result = runs.Add(chunk.FragmentNumber, chunk, out complete);
        if (runs.Count == 0)
        {
            _interleaved.Remove(key);
        }

        return result;
    }

    private FragmentResult Deliver(ushort streamId, bool unordered, uint messageNumber, uint payloadProtocol, ReceiveBuffer buffer, bool interleaved)
    {
        var message = new SctpEvent
        {
            Kind = SctpEventKind.Message,
            StreamId = streamId,
            PayloadProtocol = payloadProtocol,
            Unordered = unordered,
            Payload = buffer,
            Length = buffer.Length,
            WindowBytes = ChargeOf(buffer.Length),
        };
        if (unordered)
        {
            HandOut(message);
            return FragmentResult.Complete;
        }

        IncomingStream stream = StreamOf(streamId);
        long number = Unwrap(stream.NextNumber, messageNumber, interleaved);
        if (number == stream.NextNumber)
        {
            HandOut(message);
            stream.NextNumber++;
            DeliverWaiting(stream);
            return FragmentResult.Complete;
        }

        if (number < stream.NextNumber)
        {
            // A number used twice: the message is not wanted any more.
            HeldBytes -= message.WindowBytes;
            buffer.Dispose();
            return FragmentResult.Complete;
        }

        if (_waiting >= MaxWaitingMessages)
        {
            buffer.Dispose();
            return FragmentResult.LimitExceeded;
        }

        _waiting++;
        stream.Wait(number, message);
        return FragmentResult.Complete;
    }

    private void DeliverWaiting(IncomingStream stream)
    {
        while (stream.TryTakeThrough(stream.NextNumber, out SctpEvent message, out long number))
        {
            if (number < stream.NextNumber)
            {
                Discard(message);
                continue;
            }

            _waiting--;
            HandOut(message);
            stream.NextNumber++;
        }
    }

    private void HandOut(in SctpEvent message)
    {
        HandedOutBytes += message.WindowBytes;
        events.Enqueue(message);
    }

    /// <summary>Lets go of a waiting message whose number was used before.</summary>
    private void Discard(in SctpEvent message)
    {
        _waiting--;
        HeldBytes -= message.WindowBytes;
        message.Payload?.Dispose();
    }

    private void DropInterleaved(ushort streamId, bool unordered, uint messageNumber)
    {
        foreach (((ushort StreamId, bool Unordered, uint MessageId) key, FragmentRuns runs) in _interleaved)
        {
            if (key.StreamId == streamId && key.Unordered == unordered && (int)(key.MessageId - messageNumber) <= 0)
            {
                HeldBytes -= runs.DropThrough(long.MaxValue);
                _interleaved.Remove(key);
            }
        }
    }

    private IncomingStream StreamOf(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out IncomingStream? stream))
        {
            stream = new IncomingStream();
            _streams.Add(streamId, stream);
        }

        return stream;
    }
}
