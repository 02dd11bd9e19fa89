using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Dtls;

namespace PeerProxy.Tests.Unit.Dtls;

/// <summary>Two DTLS endpoints in lockstep on a link with delay, loss, duplication and reordering, in virtual time.</summary>
internal sealed class DtlsLink : IDisposable
{
    private static readonly DtlsHandshakeThreads _threads = new(isLockstep: true);
    private readonly PriorityQueue<(bool ToServer, byte[] Datagram), (long At, int Order)> _wire = new();
    private readonly Random _random;
    private int _order;

    public DtlsLink(int seed, DtlsCertificate client, DtlsCertificate server, DtlsFingerprint? serverExpected = null, DtlsFingerprint? clientExpected = null)
    {
        _random = new Random(seed);
        Client = Create(isClient: true, client, serverExpected ?? server.Fingerprint);
        Server = Create(isClient: false, server, clientExpected ?? client.Fingerprint);
    }

    public DtlsEndpoint Client { get; }

    public DtlsEndpoint Server { get; }

    public double Loss { get; init; }

    public double Duplication { get; init; }

    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan Jitter { get; init; }

    public Timestamp Now { get; private set; } = new(1_000_000);

    /// <summary>Sees every datagram before the network does; returning false loses it.</summary>
    public Func<bool, byte[], bool>? Filter { get; init; }

    public List<byte[]> ClientReceived { get; } = [];

    public List<byte[]> ServerReceived { get; } = [];

    public void Start()
    {
        Server.Start(Now);
        Client.Start(Now);
        Flush();
    }

    public void SendFrom(DtlsEndpoint sender, ReadOnlySpan<byte> payload)
    {
        var record = new byte[payload.Length + DtlsLimits.RecordOverheadBytes];
        Assert.True(sender.Protect(payload, record, out var written));
        Put(toServer: sender == Client, record[..written]);
    }

    /// <summary>Runs until the condition holds or nothing is left to happen before the time is over.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (!condition())
        {
            var next = Timestamp.Min(Client.NextDeadline, Server.NextDeadline);
            if (_wire.TryPeek(out _, out var priority))
            {
                next = Timestamp.Min(next, new Timestamp(priority.At));
            }

            if (next > end)
            {
                return false;
            }

            Now = Timestamp.Max(Now, next);
            if (_wire.TryPeek(out var item, out priority) && priority.At <= Now.Ticks)
            {
                _wire.Dequeue();
                var target = item.ToServer ? Server : Client;
                target.Handle(item.Datagram, Now);
                while (target.TryReadPayload(out var payload))
                {
                    (item.ToServer ? ServerReceived : ClientReceived).Add(payload.ToArray());
                }
            }

            Client.HandleTimeout(Now);
            Server.HandleTimeout(Now);
            Flush();
        }

        return true;
    }

    public void Flush()
    {
        var buffer = new byte[2048];
        while (Client.TryPollDatagram(buffer, out var length))
        {
            Put(toServer: true, buffer[..length]);
        }

        while (Server.TryPollDatagram(buffer, out var length))
        {
            Put(toServer: false, buffer[..length]);
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private static DtlsEndpoint Create(bool isClient, DtlsCertificate certificate, DtlsFingerprint expected) =>
        new(
            new DtlsOptions
            {
                IsClient = isClient,
                Certificate = certificate,
                RemoteFingerprints = [expected],
                RetransmitTimeout = TimeSpan.FromMilliseconds(100),
            },
            _threads);

    private void Put(bool toServer, byte[] datagram)
    {
        if (Filter is { } filter && !filter(toServer, datagram))
        {
            return;
        }

        if (_random.NextDouble() < Loss)
        {
            return;
        }

        var copies = _random.NextDouble() < Duplication ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            var delay = Delay + TimeSpan.FromTicks((long)(_random.NextDouble() * Jitter.Ticks));
            _wire.Enqueue((toServer, datagram), ((Now + delay).Ticks, _order++));
        }
    }
}
