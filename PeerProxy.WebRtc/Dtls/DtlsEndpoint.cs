using PeerProxy.WebRtc.Dtls.BouncyCastle;

namespace PeerProxy.WebRtc.Dtls;

/// <summary>DTLS 1.2 with BouncyCastle's handshake on a borrowed thread, and its own record layer on .NET's AES-GCM.</summary>
/// <remarks>
/// <list type="number">
/// <item>Handshake records pass to <see cref="HandshakeTransport"/>; the flights it publishes are numbered, sealed and retransmitted here.</item>
/// <item>When the traffic keys are agreed the client may already send (<see cref="CanProtect"/>).</item>
/// <item>Once the peer's Finished is verified the thread is gone, and all further records are handled here alone.</item>
/// </list>
/// </remarks>
public sealed class DtlsEndpoint : IDtlsEndpoint
{
    private const byte AlertWarning = 1;
    private const byte AlertFatal = 2;
    private const byte CloseNotify = 0;

    private readonly DtlsOptions _options;
    private readonly DtlsHandshakeThreads _threads;
    private readonly HandshakeTransport _transport;
    private readonly PeerIdentity _identity;
    private readonly GcmTlsCrypto _crypto;
    private readonly ReplayWindow _replay = new();
    private readonly Queue<byte[]> _early = new();
    private readonly byte[] _plaintext = new byte[DtlsLimits.MaxRecordBytes * 2];
    private readonly Queue<(int Offset, int Length)> _payloads = new();
    private readonly Queue<FlightRecord> _outbound = new();
    private List<FlightRecord> _flight = [];
    private RecordProtector? _protector;
    private ulong _clearSequence;
    private int _plaintextUsed;
    private bool _hasBegun;
    private bool _hasHeardPeer;
    private bool _hasSentFinished;
    private bool _isHandshakeDone;
    private TimeSpan _currentTimeout;
    private Timestamp _retransmitAt = Timestamp.Never;
    private Timestamp _giveUpAt = Timestamp.Never;

    /// <param name="options">Role, certificate, and whom to trust.</param>
    /// <param name="threads">Where handshakes run.</param>
    /// <param name="wake">Raised from another thread when <see cref="HandleTimeout"/> should be called soon; null for lockstep use.</param>
    public DtlsEndpoint(DtlsOptions options, DtlsHandshakeThreads threads, Action? wake = null)
    {
        _options = options;
        _threads = threads;
        RetransmitTimeout = options.RetransmitTimeout;
        _transport = new HandshakeTransport(wake ?? (static () => { }));
        _crypto = new GcmTlsCrypto(_transport.SetProtector);
        _identity = new PeerIdentity(options, _crypto);
    }

    public DtlsState State { get; private set; }

    public DtlsFailure Failure { get; private set; }

    /// <summary>True when the peer ended the session with close_notify or a fatal alert.</summary>
    public bool IsClosedByPeer { get; private set; }

    public bool CanProtect => State == DtlsState.Connected || (State == DtlsState.Handshaking && _options.IsClient && _hasSentFinished);

    public TimeSpan RetransmitTimeout { get; set; }

    public Timestamp NextDeadline => State == DtlsState.Handshaking ? Timestamp.Min(_retransmitAt, _giveUpAt) : Timestamp.Never;

    public void Start(Timestamp now)
    {
        if (State != DtlsState.New)
        {
            return;
        }

        State = DtlsState.Handshaking;
        _giveUpAt = now + _options.HandshakeTimeLimit;
        if (_options.IsClient)
        {
            BeginHandshake();
        }

        Advance(now);
    }

    public void Handle(ReadOnlySpan<byte> datagram, Timestamp now)
    {
        _plaintextUsed = 0;
        _payloads.Clear();
        if (State == DtlsState.Handshaking && !_hasBegun)
        {
            // A server holds a thread only for a peer that has said something.
            BeginHandshake();
        }

        while (State is DtlsState.Handshaking or DtlsState.Connected && DtlsRecordHeader.TryRead(datagram, out var header))
        {
            var size = DtlsRecordHeader.Size + header.Length;
            HandleRecord(header, datagram[..size], now);
            datagram = datagram[size..];
        }

        Advance(now);
    }

    public void HandleTimeout(Timestamp now)
    {
        Advance(now);
        if (State != DtlsState.Handshaking)
        {
            return;
        }

        if (now >= _giveUpAt)
        {
            Fail(DtlsFailure.TimedOut);
        }
        else if (now >= _retransmitAt)
        {
            _currentTimeout = TimeSpan.FromTicks(Math.Min(_currentTimeout.Ticks * 2, DtlsLimits.MaxRetransmitTimeout.Ticks));
            SendFlight(now);
        }
    }

    public void RepeatHello(Timestamp now)
    {
        if (State == DtlsState.Handshaking && _options.IsClient && !_hasHeardPeer && _flight.Count > 0 && _outbound.Count == 0)
        {
            SendFlight(now);
        }
    }

    public void Close(Timestamp now)
    {
        if (State is DtlsState.Connected && _protector is not null)
        {
            _outbound.Enqueue(new FlightRecord(DtlsRecordHeader.Alert, DtlsRecordHeader.Dtls12, IsProtected: true, [AlertWarning, CloseNotify]));
        }

        if (State is not DtlsState.Failed)
        {
            State = DtlsState.Closed;
        }

        _transport.Abandon();
    }

    public bool TryPollDatagram(Span<byte> destination, out int length)
    {
        length = 0;
        var limit = Math.Min(destination.Length, DtlsLimits.MaxDatagramBytes);
        while (_outbound.TryPeek(out var record) && length + record.RecordBytes <= limit)
        {
            _outbound.Dequeue();
            length += WriteRecord(record, destination[length..]);
        }

        return length > 0;
    }

    public bool Protect(ReadOnlySpan<byte> plaintext, Span<byte> destination, out int written)
    {
        written = 0;
        if (!CanProtect || _protector is null || destination.Length < plaintext.Length + DtlsLimits.RecordOverheadBytes)
        {
            return false;
        }

        written = _protector.Seal(DtlsRecordHeader.ApplicationData, plaintext, destination);
        return true;
    }

    public bool TryReadPayload(out ReadOnlySpan<byte> payload)
    {
        if (_payloads.TryDequeue(out var slice))
        {
            payload = _plaintext.AsSpan(slice.Offset, slice.Length);
            return true;
        }

        if (State == DtlsState.Connected && _early.Count > 0)
        {
            _plaintextUsed = 0;
            while (_early.TryDequeue(out var record) && DtlsRecordHeader.TryRead(record, out var header))
            {
                HandleProtected(header, record.AsSpan(DtlsRecordHeader.Size));
                if (_payloads.TryDequeue(out slice))
                {
                    payload = _plaintext.AsSpan(slice.Offset, slice.Length);
                    return true;
                }
            }
        }

        payload = default;
        return false;
    }

    public void Dispose()
    {
        _transport.Abandon();
        if (State is not DtlsState.Failed)
        {
            State = DtlsState.Closed;
        }

        // While the handshake thread may still be reading with the keys they are left to the collector.
        if (_isHandshakeDone)
        {
            _protector?.Dispose();
        }

        _protector = null;
    }

    private void BeginHandshake()
    {
        _hasBegun = true;
        if (!_threads.TryRun(() => HandshakeRun.Run(_options.IsClient, _crypto, _identity, _transport)))
        {
            Fail(DtlsFailure.Overloaded);
        }
    }

    /// <summary>Takes over what the handshake thread has got done.</summary>
    private void Advance(Timestamp now)
    {
        if (State != DtlsState.Handshaking || !_hasBegun)
        {
            return;
        }

        if (_threads.IsLockstep)
        {
            _transport.WaitUntilIdle();
        }

        HandshakeProgress progress;
        do
        {
            progress = _transport.TakeProgress();
            _protector = progress.Protector;
            if (progress.Flight is { } flight)
            {
                TakeFlight(flight, now);
            }
        }
        while (progress.HasMoreFlights);

        if (!progress.IsDone)
        {
            return;
        }

        _isHandshakeDone = true;
        if (progress.Error is not null)
        {
            Fail(_identity.IsMismatch ? DtlsFailure.FingerprintMismatch : DtlsFailure.HandshakeRefused);
            return;
        }

        State = DtlsState.Connected;
    }

    private void TakeFlight(List<FlightRecord> flight, Timestamp now)
    {
        var isRepetition = _flight.Count > 0 && _flight[0].MessageSequence == flight[0].MessageSequence;
        if (!isRepetition)
        {
            _currentTimeout = TimeSpan.FromTicks(Math.Clamp(
                RetransmitTimeout.Ticks, DtlsLimits.MinRetransmitTimeout.Ticks, DtlsLimits.MaxRetransmitTimeout.Ticks));
        }

        if (flight[0].ContentType == DtlsRecordHeader.Alert)
        {
            // A last word is said once; it is no flight that anybody answers.
            Enqueue(flight);
            return;
        }

        _flight = flight;
        _hasSentFinished |= flight[^1].IsProtected;
        SendFlight(now);
    }

    private void SendFlight(Timestamp now)
    {
        _outbound.Clear();
        Enqueue(_flight);
        _retransmitAt = now + _currentTimeout;
    }

    private void Enqueue(List<FlightRecord> records)
    {
        foreach (var record in records)
        {
            _outbound.Enqueue(record);
        }
    }

    private int WriteRecord(in FlightRecord record, Span<byte> destination)
    {
        if (record.IsProtected)
        {
            return _protector?.Seal(record.ContentType, record.Payload, destination) ?? 0;
        }

        var header = new DtlsRecordHeader(record.ContentType, record.Version, 0, _clearSequence++, (ushort)record.Payload.Length);
        header.Write(destination);
        record.Payload.CopyTo(destination[DtlsRecordHeader.Size..]);
        return DtlsRecordHeader.Size + record.Payload.Length;
    }

    private void HandleRecord(in DtlsRecordHeader header, ReadOnlySpan<byte> record, Timestamp now)
    {
        _hasHeardPeer = true;
        var fragment = record[DtlsRecordHeader.Size..];
        if (State == DtlsState.Connected)
        {
            if (header.Epoch == 1)
            {
                HandleProtected(header, fragment);
            }

            return;
        }

        if (header.Epoch == 0 && header.ContentType == DtlsRecordHeader.Alert)
        {
            if (fragment.Length == 2 && fragment[0] == AlertFatal)
            {
                _giveUpAt = Timestamp.Min(_giveUpAt, now + DtlsLimits.LimitAfterClearAlert);
            }
        }
        else if (header.Epoch == 0 || header.ContentType == DtlsRecordHeader.Handshake)
        {
            _transport.Deliver(record);
        }
        else if (header.Epoch == 1 && _early.Count < DtlsLimits.MaxEarlyRecords && record.Length <= DtlsLimits.MaxRecordBytes)
        {
            _early.Enqueue(record.ToArray());
        }
    }

    /// <summary>A record of epoch 1 on a standing session.</summary>
    private void HandleProtected(in DtlsRecordHeader header, ReadOnlySpan<byte> fragment)
    {
        if (_protector is null || _replay.IsReplay(header.Sequence))
        {
            return;
        }

        var destination = _plaintext.AsSpan(_plaintextUsed);
        if (!_protector.TryOpen(header, fragment, destination, out var length))
        {
            return;
        }

        _replay.Accept(header.Sequence);
        switch (header.ContentType)
        {
            case DtlsRecordHeader.ApplicationData:
                _payloads.Enqueue((_plaintextUsed, length));
                _plaintextUsed += length;
                break;
            case DtlsRecordHeader.Handshake when !_options.IsClient && _outbound.Count == 0:
                // RFC 6347 4.2.4: the client repeats its last flight, so ours was lost.
                Enqueue(_flight);
                break;
            case DtlsRecordHeader.Alert when length == 2 && (destination[0] == AlertFatal || destination[1] == CloseNotify):
                IsClosedByPeer = true;
                State = DtlsState.Closed;
                break;
        }
    }

    private void Fail(DtlsFailure failure)
    {
        State = DtlsState.Failed;
        Failure = failure;
        _transport.Abandon();
    }
}
