using Org.BouncyCastle.Tls;

namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>Where the blocking handshake and the never blocking driver meet.</summary>
/// <remarks>
/// The handshake thread lives in <see cref="Receive(Span{byte}, int)"/>. What it wrote since it last waited is one flight, published when it
/// waits again. Time is the driver's: BouncyCastle's own timers are set so long that they never fire, a wait here ends with a record or
/// with the end of the handshake, and retransmission is done from the published flight.
/// </remarks>
internal sealed class HandshakeTransport(Action wake) : DatagramTransport
{
    private readonly object _gate = new();
    private readonly Queue<byte[]> _inbound = new();
    private readonly Queue<List<FlightRecord>> _flights = new();
    private List<FlightRecord> _staged = [];
    private RecordProtector? _protector;
    private bool _isWaiting;
    private bool _isAbandoned;
    private bool _isDone;
    private Exception? _error;

    /// <summary>Called by the handshake when the traffic keys exist.</summary>
    public void SetProtector(RecordProtector protector)
    {
        lock (_gate)
        {
            _protector = protector;
        }
    }

    /// <summary>Hands one record to the handshake; drops it when too many wait.</summary>
    public void Deliver(ReadOnlySpan<byte> record)
    {
        lock (_gate)
        {
            if (_isDone || _inbound.Count >= DtlsLimits.MaxQueuedHandshakeRecords)
            {
                return;
            }

            _inbound.Enqueue(record.ToArray());
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>What has happened since the last call: at most one flight, and whether the handshake is over.</summary>
    public HandshakeProgress TakeProgress()
    {
        lock (_gate)
        {
            _flights.TryDequeue(out var flight);
            return new HandshakeProgress(flight, _flights.Count > 0, _protector, _isDone, _error);
        }
    }

    /// <summary>Ends the handshake from outside: its thread is released soon.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Called on the handshake thread when BouncyCastle has returned.</summary>
    public void Complete(Exception? error)
    {
        lock (_gate)
        {
            PublishStaged();
            _isDone = true;
            _error = error;
            _inbound.Clear();
            Monitor.PulseAll(_gate);
        }

        wake();
    }

    /// <summary>Blocks until the handshake has used everything it was given: only for simulations, where time stands still meanwhile.</summary>
    public void WaitUntilIdle()
    {
        lock (_gate)
        {
            while (!_isDone && !(_isWaiting && _inbound.Count == 0))
            {
                Monitor.Wait(_gate);
            }
        }
    }

    public int GetReceiveLimit() => DtlsLimits.MaxRecordBytes;

    public int GetSendLimit() => DtlsLimits.MaxDatagramBytes;

    public int Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

    public int Receive(Span<byte> buffer, int waitMillis)
    {
        while (true)
        {
            var record = NextRecord();
            if (record.Length <= buffer.Length && IsAcceptable(record))
            {
                record.CopyTo(buffer);
                return record.Length;
            }
        }
    }

    public void Send(byte[] buf, int off, int len) => Send(buf.AsSpan(off, len));

    public void Send(ReadOnlySpan<byte> buffer)
    {
        if (!DtlsRecordHeader.TryRead(buffer, out var header))
        {
            throw new TlsFatalAlert(AlertDescription.internal_error);
        }

        var payload = buffer.Slice(DtlsRecordHeader.Size, header.Length).ToArray();
        lock (_gate)
        {
            _staged.Add(new FlightRecord(header.ContentType, header.Version, header.Epoch > 0, payload));
        }
    }

    public void Close()
    {
    }

    private byte[] NextRecord()
    {
        var published = false;
        lock (_gate)
        {
            published = PublishStaged();
        }

        if (published)
        {
            wake();
        }

        lock (_gate)
        {
            _isWaiting = true;
            Monitor.PulseAll(_gate);
            while (_inbound.Count == 0 && !_isAbandoned)
            {
                Monitor.Wait(_gate);
            }

            _isWaiting = false;
            if (_isAbandoned)
            {
                // Not TlsTimeoutException: BouncyCastle takes that for "nothing yet", asks again at once, and the thread would spin for ever.
                throw new TlsFatalAlert(AlertDescription.user_canceled);
            }

            return _inbound.Dequeue();
        }
    }

    private bool PublishStaged()
    {
        if (_staged.Count == 0)
        {
            return false;
        }

        _flights.Enqueue(_staged);
        _staged = [];
        return true;
    }

    /// <summary>A forged record of epoch 1 must not reach BouncyCastle, which may end the handshake over it.</summary>
    private bool IsAcceptable(byte[] record)
    {
        if (!DtlsRecordHeader.TryRead(record, out var header))
        {
            return false;
        }

        if (header.Epoch == 0)
        {
            return true;
        }

        RecordProtector? protector;
        lock (_gate)
        {
            protector = _protector;
        }

        Span<byte> plaintext = stackalloc byte[DtlsLimits.MaxRecordBytes];
        return protector is not null && protector.TryOpen(header, record.AsSpan(DtlsRecordHeader.Size, header.Length), plaintext, out _);
    }
}
