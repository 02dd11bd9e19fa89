using PeerProxy.WebRtc.Dtls;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>Runs one handshake against itself, so that the first real one does not wait for the just-in-time compiler.</summary>
internal static class DtlsWarmUp
{
    private static int _hasRun;

    /// <summary>Starts it in the background, once per process.</summary>
    public static void Begin(DtlsCertificate certificate)
    {
        if (Interlocked.Exchange(ref _hasRun, 1) == 0)
        {
            new Thread(() => Run(certificate)) { IsBackground = true, Name = "DTLS warm-up", Priority = ThreadPriority.BelowNormal }.Start();
        }
    }

    private static void Run(DtlsCertificate certificate)
    {
        var threads = new DtlsHandshakeThreads(isLockstep: true);
        var now = new Timestamp(0);
        using var client = Create(isClient: true);
        using var server = Create(isClient: false);
        server.Start(now);
        client.Start(now);
        Span<byte> buffer = stackalloc byte[DtlsLimits.MaxDatagramBytes];
        bool isMoving;
        do
        {
            isMoving = Move(client, server, buffer) | Move(server, client, buffer);
        }
        while (isMoving);

        DtlsEndpoint Create(bool isClient) => new(
            new DtlsOptions { IsClient = isClient, Certificate = certificate, RemoteFingerprints = [certificate.Fingerprint] }, threads);

        bool Move(DtlsEndpoint from, DtlsEndpoint to, Span<byte> datagram)
        {
            var any = false;
            while (from.TryPollDatagram(datagram, out var length))
            {
                any = true;
                to.Handle(datagram[..length], now);
            }

            return any;
        }
    }
}
