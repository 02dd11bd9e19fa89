using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Dtls;

namespace PeerProxy.Fuzz.Targets;

/// <summary>Datagrams of a stranger into a DTLS session that stands: none may end or change it.</summary>
internal sealed class DtlsRecordTarget : IFuzzTarget
{
    private static readonly DtlsHandshakeThreads _threads = new(isLockstep: true);
    private static readonly DtlsCertificate _certificate = DtlsCertificate.Create();
    private readonly byte[] _buffer = new byte[DtlsLimits.MaxRecordBytes];
    private Timestamp _now = new(TimeSpan.TicksPerHour);
    private DtlsEndpoint? _client;
    private DtlsEndpoint? _server;

    public string Name => "dtls-record";

    public void Prepare()
    {
        if (_server is null)
        {
            Connect();
        }
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        _now += TimeSpan.FromMilliseconds(1);
        _server!.Handle(input, _now);
        _server.HandleTimeout(_now);
        if (_server.TryReadPayload(out _))
        {
            throw new InvalidOperationException("a forged record was taken for the peer's");
        }

        while (_server.TryPollDatagram(_buffer, out _))
        {
        }

        if (_server.State != DtlsState.Connected)
        {
            throw new InvalidOperationException($"a stranger's datagram made the session {_server.State}");
        }
    }

    private void Connect()
    {
        _client = Create(isClient: true);
        _server = Create(isClient: false);
        _server.Start(_now);
        _client.Start(_now);
        while (_client.State != DtlsState.Connected || _server.State != DtlsState.Connected)
        {
            Move(_client, _server);
            Move(_server, _client);
            _now += TimeSpan.FromMilliseconds(1);
            _client.HandleTimeout(_now);
            _server.HandleTimeout(_now);
        }
    }

    private void Move(DtlsEndpoint from, DtlsEndpoint to)
    {
        while (from.TryPollDatagram(_buffer, out var length))
        {
            to.Handle(_buffer.AsSpan(0, length), _now);
        }
    }

    private static DtlsEndpoint Create(bool isClient) => new(
        new DtlsOptions { IsClient = isClient, Certificate = _certificate, RemoteFingerprints = [_certificate.Fingerprint] },
        _threads);
}
