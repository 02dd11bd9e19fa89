using PeerProxy.WebRtc.Dtls;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.WebRtc.Connection;

/// <summary>What runs over the path that ICE finds: SCTP in DTLS, from the first hello to the last words.</summary>
internal sealed class SecureSession(PeerConnectionSettings settings)
{
    /// <summary>An abort and a few packets it rides behind.</summary>
    private const int MaxLastWords = 8;

    /// <summary>A browser's hello that overtakes its answer comes in two datagrams; one repetition may follow.</summary>
    private const int MaxEarlyDatagrams = 4;

    private readonly Queue<byte[]> _lastWords = new();
    private readonly List<byte[]> _earlyDatagrams = [];
    private readonly byte[] _scratch = new byte[DtlsLimits.MaxRecordBytes];
    private SctpAssociation? _sctp;

    /// <summary>Null until the peer's description is known.</summary>
    public DtlsEndpoint? Dtls { get; private set; }

    /// <summary>Made when first asked for: an offer may hold its INIT.</summary>
    public SctpAssociation Association => _sctp ??= new SctpAssociation(settings.Sctp, settings.Random);

    /// <summary>The SCTP INIT went out, or was not needed.</summary>
    public bool HasInitiatedSctp { get; private set; }

    /// <summary>The peer's INIT chunk from its description, if it can be used instead of a handshake.</summary>
    public ReadOnlyMemory<byte>? RemoteInit { get; set; }

    /// <summary>The datagram polled last asks whether its size gets through.</summary>
    public bool IsMtuProbe => _sctp?.IsMtuProbe == true;

    /// <summary>Both sides of the handshake are known.</summary>
    public void Create(DtlsOptions options)
    {
        Dtls = new DtlsEndpoint(options, settings.HandshakeThreads, settings.Wake);
        _ = Association;
    }

    /// <summary>A server's start, with what the client said too early.</summary>
    public void StartAsServer(Timestamp now)
    {
        Dtls!.Start(now);
        foreach (var datagram in _earlyDatagrams)
        {
            Dtls.Handle(datagram, now);
        }

        _earlyDatagrams.Clear();
    }

    /// <summary>A client's start; what came before is not of this handshake.</summary>
    public void StartAsClient(Timestamp now)
    {
        _earlyDatagrams.Clear();
        Dtls!.Start(now);
    }

    public Timestamp NextDeadline(bool hasPath)
    {
        if (Dtls is null)
        {
            return Timestamp.Never;
        }

        return _sctp is not null && Dtls.CanProtect && hasPath ? Timestamp.Min(Dtls.NextDeadline, _sctp.NextDeadline) : Dtls.NextDeadline;
    }

    public void HandleTimeout(Timestamp now)
    {
        Dtls?.HandleTimeout(now);
        if (Dtls is { CanProtect: true })
        {
            _sctp?.HandleTimeout(now);
        }
    }

    /// <returns>True when it proved to come from the peer.</returns>
    public bool Handle(ReadOnlySpan<byte> datagram, TimeSpan? roundTripTime, Timestamp now)
    {
        if (Dtls is null)
        {
            if (_earlyDatagrams.Count < MaxEarlyDatagrams && datagram.Length <= DtlsLimits.MaxRecordBytes)
            {
                _earlyDatagrams.Add(datagram.ToArray());
            }

            return false;
        }

        Dtls.Handle(datagram, now);
        return Pump(roundTripTime, now);
    }

    /// <summary>Lets SCTP have what DTLS has got.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Pump(TimeSpan? roundTripTime, Timestamp now)
    {
        // Before the first payload is read, since with the peer's INIT known by signaling that may be data already.
        StartSctp(roundTripTime, now);
        var any = false;
        while (Dtls!.TryReadPayload(out var payload))
        {
            any = true;
            _sctp?.Handle(payload, now);
        }

        return any;
    }

    public void OnRoundTripTime(TimeSpan roundTripTime, Timestamp now)
    {
        if (Dtls is not null)
        {
            // Two round trips, as for the checks themselves: one and the peer's time to do its cryptography.
            Dtls.RetransmitTimeout = roundTripTime * 2;
            _sctp?.OnPathRoundTripTime(roundTripTime, now);
        }
    }

    public void OnPathChanged(Timestamp now)
    {
        if (HasInitiatedSctp)
        {
            _sctp?.OnPathChanged(now);
        }
    }

    /// <param name="isRelayed">What a relay adds would not fit its own datagrams if they were as large as they may be.</param>
    public bool TryPoll(Span<byte> destination, bool isRelayed, Timestamp now, out int length)
    {
        if (_lastWords.TryDequeue(out var words))
        {
            words.CopyTo(destination);
            length = words.Length;
            return true;
        }

        if (_sctp is not null)
        {
            _sctp.PathPacketLimit = isRelayed ? PathMtuProber.UsualMaximum : int.MaxValue;
        }

        return TryPollLayers(destination, now, out length);
    }

    /// <summary>Tells the peer and ends. What must still be said is sealed now: after this there is no session.</summary>
    public void End(Timestamp now)
    {
        if (_sctp is { State: not SctpState.Ended } sctp && HasInitiatedSctp)
        {
            sctp.Abort(now, "closed");
        }

        var buffer = new byte[DtlsLimits.MaxRecordBytes];
        while (_lastWords.Count < MaxLastWords && TryPollLayers(buffer, now, out var length))
        {
            _lastWords.Enqueue(buffer[..length]);
        }

        if (Dtls is not null)
        {
            Dtls.Close(now);
            while (Dtls.TryPollDatagram(buffer, out var length))
            {
                _lastWords.Enqueue(buffer[..length]);
            }

            Dtls.Dispose();
        }
    }

    private void StartSctp(TimeSpan? roundTripTime, Timestamp now)
    {
        if (!Dtls!.CanProtect || HasInitiatedSctp)
        {
            return;
        }

        HasInitiatedSctp = true;
        if (roundTripTime is { } known)
        {
            Association.OnPathRoundTripTime(known, now);
        }

        if (RemoteInit is not { } init || !Association.TryAcceptRemoteInit(init.Span, now))
        {
            Association.Connect(now);
        }
    }

    private bool TryPollLayers(Span<byte> destination, Timestamp now, out int length)
    {
        length = 0;
        if (Dtls is null || Dtls.TryPollDatagram(destination, out length))
        {
            return length > 0;
        }

        return Dtls.CanProtect
            && _sctp!.TryPollPacket(now, _scratch.AsSpan(0, _scratch.Length - DtlsLimits.RecordOverheadBytes), out var written)
            && Dtls.Protect(_scratch.AsSpan(0, written), destination, out length);
    }
}
