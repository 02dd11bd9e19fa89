using System.Buffers;
using System.Runtime.CompilerServices;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>One exchange: frames in order in both directions, with back-pressure in both.</summary>
/// <remarks>
/// One reader and one sender at a time. <see cref="ReadAsync"/> hands out frames until the one with FINAL; a stream that was reset, or whose connection
/// ended, makes reads and sends throw <see cref="TunnelStreamException"/> and cancels <see cref="Aborted"/>. Whoever handles a stream ends it: by sending FINAL and
/// reading FINAL (or <see cref="StopReceiving"/>), or by <see cref="Reset"/>. State is guarded by the connection's lock.
/// </remarks>
public sealed class TunnelStream
{
    /// <summary>What waits in a stream's queue besides the one frame that always may: enough that the writer never idles between two reads of the target.</summary>
    internal const int SendQueueBytes = 32 * 1024;

    /// <summary>Open streams from which on one frame of each may wait: the writer has the others' meanwhile.</summary>
    internal const int ManyStreams = 32;

    private readonly CancellationTokenSource _aborted = new();
    private readonly AsyncSignal _readable = new();
    private readonly AsyncSignal _writable = new();
    private readonly Queue<InboundFrame> _inbound = new();
    private readonly Queue<OutboundFrame> _outbound = new();
    private int _outboundBytes;
    private uint _nextSequence;

    internal TunnelStream(TunnelConnection connection, uint id, long sendLimit, long receiveWindow, FrameOrder order)
    {
        Connection = connection;
        Id = id;
        SendCredit = new SendCredit(sendLimit);
        ReceiveCredit = new ReceiveCredit(receiveWindow);
        Order = order;
    }

    public uint Id { get; }

    public TunnelConnection Connection { get; }

    /// <summary>0 (most urgent) to 7 (RFC 9218). Set before the first frame is sent.</summary>
    public int Urgency { get; set; } = 3;

    /// <summary>Cancelled when the peer resets the stream or the connection ends.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Payload for the next BODY frame: large when this stream is alone, small when others want their turn.</summary>
    public int PreferredPayloadBytes => Connection.PreferredPayloadBytes;

    /// <summary>True when <see cref="ReadAsync"/> would not wait.</summary>
    public bool IsReadable
    {
        get
        {
            lock (Connection.Gate)
            {
                return _inbound.Count > 0;
            }
        }
    }

    internal SendCredit SendCredit;
    internal ReceiveCredit ReceiveCredit;
    internal FrameOrder Order;

    internal ReorderBuffer<InboundFrame> Reorder { get; } = new();

    /// <summary>When the last CREDIT of this stream went out, as a timestamp of the connection's clock.</summary>
    internal long LastGrant { get; set; }

    internal bool IsScheduled { get; set; }

    private bool HasManyBeside => Connection.OpenStreams >= ManyStreams;

    internal bool IsAnnounced { get; set; }

    /// <summary>FINAL was handed to the channel.</summary>
    internal bool IsSendComplete { get; set; }

    /// <summary>What still arrives is dropped.</summary>
    internal bool IsReceiveStopped { get; private set; }

    /// <summary>A CREDIT with this limit waits for the control writer; null: none.</summary>
    internal long? PendingGrant { get; set; }

    /// <summary>Why the stream is over before it was complete; null while it is not.</summary>
    internal TunnelStreamException? Failure { get; private set; }

    /// <summary>The peer asked to send no more, but keeps sending itself.</summary>
    internal bool IsSendStopped { get; private set; }

    internal bool HasOutbound => _outbound.Count > 0;

    internal int EffectiveUrgency =>
        SendCredit.Sent < SendScheduler.BulkBytes ? Math.Clamp(Urgency, 0, 7) : Math.Clamp(Urgency, SendScheduler.BulkUrgency, 7);

    /// <summary>The next frame; the caller disposes it. Not to be called after the frame with FINAL.</summary>
    /// <exception cref="TunnelStreamException">The stream or the connection ended early.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<InboundFrame> ReadAsync()
    {
        while (true)
        {
            lock (Connection.Gate)
            {
                if (_inbound.TryDequeue(out var frame))
                {
                    return frame;
                }

                if (Failure is not null || IsReceiveStopped)
                {
                    throw Failure ?? new TunnelStreamException(TunnelErrorCode.NoError, "Receiving was stopped.");
                }
            }

            await _readable.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads a head or trailers whose first frame is <paramref name="first"/>, which is disposed.</summary>
    /// <returns>The fields, and whether FINAL came with them.</returns>
    /// <exception cref="TunnelStreamException">It was malformed or too large; the stream, or for malformed ones the connection, is ended.</exception>
    public async ValueTask<(List<Field> Fields, bool IsFinal)> ReadSectionAsync(InboundFrame first)
    {
        var maxBytes = (int)Connection.LocalSettings.MaxHeadBytes;
        if (!first.HasMore)
        {
            using (first)
            {
                return (Decode(first.Payload.Span), first.IsFinal);
            }
        }

        var assembled = new ArrayBufferWriter<byte>(4 * TunnelLimits.PreferredPayloadBytes);
        for (var frame = first; ; frame = await ReadAsync().ConfigureAwait(false))
        {
            using (frame)
            {
                if (assembled.WrittenCount + frame.Payload.Length > maxBytes)
                {
                    throw Reset(TunnelErrorCode.TooLarge, $"A head is larger than {maxBytes} bytes.");
                }

                assembled.Write(frame.Payload.Span);
                if (!frame.HasMore)
                {
                    return (Decode(assembled.WrittenSpan), frame.IsFinal);
                }
            }
        }

        List<Field> Decode(ReadOnlySpan<byte> section)
        {
            if (FieldSection.TryDecode(section, maxBytes, out var fields, out var error))
            {
                return fields;
            }

            if (error == TunnelErrorCode.TooLarge)
            {
                throw Reset(error, $"A head is larger than {maxBytes} bytes.");
            }

            Connection.Fail(error, "A head cannot be decoded.");
            throw new TunnelStreamException(error, "A head cannot be decoded.");
        }
    }

    /// <summary>Waits for what was sent before to leave the queue where many streams are open, so that each holds one buffer: to be called before one is rented and filled.</summary>
    public async ValueTask WaitForTurnAsync()
    {
        while (true)
        {
            lock (Connection.Gate)
            {
                if (_outboundBytes == 0 || !HasManyBeside || Failure is not null || IsSendStopped)
                {
                    return;
                }
            }

            await _writable.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Queues a frame; completes when there is room in the stream's queue, which is the back-pressure. Takes over the buffer in every case.</summary>
    /// <exception cref="TunnelStreamException">The stream or the connection ended.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(OutboundFrame frame, FrameType type, int length, FrameFlags flags = FrameFlags.None)
    {
        while (true)
        {
            lock (Connection.Gate)
            {
                if (Failure is not null || IsSendStopped)
                {
                    frame.Return();
                    throw Failure ?? new TunnelStreamException(TunnelErrorCode.NoError, "The peer needs no more.");
                }

                if (_outboundBytes == 0 || _outboundBytes + length <= SendQueueBytes && !HasManyBeside)
                {
                    _outbound.Enqueue(frame.WithHeader(new FrameHeader(type, Id, length, _nextSequence++, flags)));
                    _outboundBytes += length;
                    Connection.OnOutbound(this);
                    return;
                }
            }

            await _writable.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Sends a head or trailers, in as many frames as it takes.</summary>
    public async ValueTask SendSectionAsync(FrameType type, IReadOnlyList<Field> fields, bool isFinal)
    {
        var writer = new PooledBufferWriter();
        try
        {
            FieldSection.Encode(fields, writer);
            var rest = writer.Written;
            do
            {
                var length = Math.Min(rest.Length, TunnelLimits.MaxPayloadBytes);
                var frame = OutboundFrame.Rent(length);
                rest[..length].CopyTo(frame.Payload);
                rest = rest[length..];
                await SendAsync(frame, type, length, rest.Length > 0 ? FrameFlags.More : isFinal ? FrameFlags.Final : FrameFlags.None).ConfigureAwait(false);
            }
            while (rest.Length > 0);
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>Sends an empty frame of the given type with FINAL: the end of this direction.</summary>
    public ValueTask SendFinalAsync(FrameType type = FrameType.Body) => SendAsync(OutboundFrame.Rent(0), type, 0, FrameFlags.Final);

    /// <summary>Copies bytes into BODY frames of the preferred size and sends them.</summary>
    public async ValueTask SendBodyAsync(ReadOnlyMemory<byte> bytes, bool isFinal = false)
    {
        do
        {
            var length = Math.Min(bytes.Length, PreferredPayloadBytes);
            var frame = OutboundFrame.Rent(length);
            bytes[..length].CopyTo(frame.Payload);
            bytes = bytes[length..];
            await SendAsync(frame, FrameType.Body, length, isFinal && bytes.IsEmpty ? FrameFlags.Final : FrameFlags.None).ConfigureAwait(false);
        }
        while (!bytes.IsEmpty);
    }

    /// <summary>Ends the stream at once in both directions and tells the peer. Does nothing on a stream that is over.</summary>
    /// <returns>What reads and sends throw from now on, for the caller to throw too.</returns>
    public TunnelStreamException Reset(TunnelErrorCode code, string reason)
    {
        Connection.ResetStream(this, code, reason);
        return Failure ?? new TunnelStreamException(code, reason);
    }

    /// <summary>Drops what was and will be received; once FINAL is sent, the peer is told to send no more (RESET with NO_ERROR).</summary>
    public void StopReceiving()
    {
        lock (Connection.Gate)
        {
            IsReceiveStopped = true;
            DropInbound();
            _readable.Set();
            Connection.OnReceiveStopped(this);
        }
    }

    internal void Deliver(InboundFrame frame)
    {
        _inbound.Enqueue(frame);
        _readable.Set();
    }

    internal bool TryPeekOutbound(out OutboundFrame frame) => _outbound.TryPeek(out frame);

    internal void RemoveOutbound()
    {
        _outboundBytes -= _outbound.Dequeue().Length;
        _writable.Set();
    }

    /// <summary>RESET with NO_ERROR came: queued frames are dropped, later ones refused; receiving goes on.</summary>
    internal void StopSending()
    {
        IsSendStopped = true;
        DropOutbound();
        _writable.Set();
    }

    /// <summary>Ends the stream: queues are emptied, waiters get the failure.</summary>
    internal void End(TunnelStreamException failure)
    {
        Failure ??= failure;
        DropInbound();
        DropOutbound();
        _readable.Set();
        _writable.Set();

        // Callbacks of the token must not run under the lock.
        ThreadPool.UnsafeQueueUserWorkItem(static stream => stream._aborted.Cancel(), this, preferLocal: false);
    }

    private void DropInbound()
    {
        while (_inbound.TryDequeue(out var frame))
        {
            Connection.Discard(frame);
        }

        foreach (var frame in Reorder.Drain())
        {
            Connection.Discard(frame);
        }
    }

    private void DropOutbound()
    {
        while (_outbound.TryDequeue(out var frame))
        {
            frame.Return();
        }

        _outboundBytes = 0;
    }
}
