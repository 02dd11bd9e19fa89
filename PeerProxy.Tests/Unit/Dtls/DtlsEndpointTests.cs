using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Dtls;

namespace PeerProxy.Tests.Unit.Dtls;

public class DtlsEndpointTests
{
    private static readonly DtlsCertificate _alice = DtlsCertificate.Create();
    private static readonly DtlsCertificate _bob = DtlsCertificate.Create();

    [Fact]
    public void Handshake_CleanLink_ConnectsInTwoRoundTripsAndCarriesData()
    {
        using var link = new DtlsLink(1, _alice, _bob);
        var start = link.Now;
        link.Start();

        Assert.True(link.RunUntil(() => IsConnected(link), TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromMilliseconds(80), link.Now - start);

        link.SendFrom(link.Client, [1, 2, 3]);
        link.SendFrom(link.Server, [4, 5]);
        Assert.True(link.RunUntil(() => link.ServerReceived.Count == 1 && link.ClientReceived.Count == 1, TimeSpan.FromSeconds(1)));
        Assert.Equal([1, 2, 3], link.ServerReceived[0]);
        Assert.Equal([4, 5], link.ClientReceived[0]);
    }

    [Fact]
    public void Client_AfterItsFinished_MaySendBeforeTheServerAnswers()
    {
        using var link = new DtlsLink(1, _alice, _bob);
        var start = link.Now;
        link.Start();

        Assert.True(link.RunUntil(() => link.Client.CanProtect, TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromMilliseconds(40), link.Now - start);
        Assert.Equal(DtlsState.Handshaking, link.Client.State);
        link.SendFrom(link.Client, "early"u8);

        Assert.True(link.RunUntil(() => link.ServerReceived.Count == 1, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(60), link.Now - start);
    }

    [Fact]
    public void Handshake_LossDuplicationAndReordering_ConnectsForEverySeed()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            using var link = new DtlsLink(seed, _alice, _bob)
            {
                Loss = 0.2,
                Duplication = 0.1,
                Jitter = TimeSpan.FromMilliseconds(60),
            };
            link.Start();
            Assert.True(
                link.RunUntil(() => IsConnected(link), TimeSpan.FromSeconds(60)),
                $"seed {seed}: client {link.Client.State}, server {link.Server.State}");

            for (byte i = 0; i < 20; i++)
            {
                link.SendFrom(link.Client, [i]);
                link.SendFrom(link.Server, [i]);
            }

            link.RunUntil(() => false, TimeSpan.FromSeconds(5));
            Assert.Equal(link.ServerReceived.Count, link.ServerReceived.Select(p => p[0]).Distinct().Count());
            Assert.NotEmpty(link.ClientReceived);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Handshake_EachDatagramLostOnce_StillConnects(bool towardServer)
    {
        for (var lost = 0; lost < 8; lost++)
        {
            var count = 0;
            var target = lost;
            using var link = new DtlsLink(3, _alice, _bob)
            {
                Filter = (toServer, _) => toServer != towardServer || count++ != target,
            };
            link.Start();
            Assert.True(link.RunUntil(() => IsConnected(link), TimeSpan.FromSeconds(30)), $"datagram {lost} lost");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Handshake_UnexpectedCertificate_IsRefusedByTheSideThatNotices(bool serverIsWrong)
    {
        var stranger = DtlsCertificate.Create().Fingerprint;
        using var link = new DtlsLink(
            1, _alice, _bob, serverExpected: serverIsWrong ? stranger : null, clientExpected: serverIsWrong ? null : stranger);
        link.Start();
        link.RunUntil(() => false, TimeSpan.FromSeconds(40));

        var noticing = serverIsWrong ? link.Client : link.Server;
        var other = serverIsWrong ? link.Server : link.Client;
        Assert.Equal(DtlsState.Failed, noticing.State);
        Assert.Equal(DtlsFailure.FingerprintMismatch, noticing.Failure);
        Assert.Equal(DtlsState.Failed, other.State);
        Assert.False(noticing.CanProtect);
    }

    [Fact]
    public void Handshake_SilentPeer_TimesOut()
    {
        using var link = new DtlsLink(1, _alice, _bob) { Loss = 1 };
        link.Start();
        link.RunUntil(() => false, TimeSpan.FromSeconds(60));

        Assert.Equal(DtlsFailure.TimedOut, link.Client.Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dispose_InTheMiddleOfTheHandshake_FreesItsThread(bool isClient)
    {
        var threads = new DtlsHandshakeThreads();
        using var peer = new DtlsLink(1, _alice, _bob);
        var hello = new byte[DtlsLimits.MaxDatagramBytes];
        peer.Client.Start(peer.Now);
        Assert.True(peer.Client.TryPollDatagram(hello, out var length));

        var now = new Timestamp(1);
        for (var i = 0; i < 20; i++)
        {
            var options = new DtlsOptions { IsClient = isClient, Certificate = _bob, RemoteFingerprints = [_alice.Fingerprint] };
            var endpoint = new DtlsEndpoint(options, threads);
            endpoint.Start(now);
            endpoint.Handle(hello.AsSpan(0, length), now);
            endpoint.Dispose();
        }

        Assert.True(SpinWait.SpinUntil(() => threads.Running == 0, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Close_ConnectedPeers_EndsTheOtherSide()
    {
        using var link = new DtlsLink(1, _alice, _bob);
        link.Start();
        Assert.True(link.RunUntil(() => IsConnected(link), TimeSpan.FromSeconds(30)));

        link.Client.Close(link.Now);
        link.Flush();

        Assert.True(link.RunUntil(() => link.Server.State == DtlsState.Closed, TimeSpan.FromSeconds(1)));
        Assert.True(link.Server.IsClosedByPeer);
    }

    [Fact]
    public void Handle_MutatedTruncatedAndReplayedRecords_DisturbNobody()
    {
        var random = new Random(5);
        using var link = new DtlsLink(1, _alice, _bob)
        {
            Filter = (_, _) => true,
        };
        link.Start();
        Assert.True(link.RunUntil(() => IsConnected(link), TimeSpan.FromSeconds(30)));

        var record = new byte[100 + DtlsLimits.RecordOverheadBytes];
        Assert.True(link.Client.Protect(new byte[100], record, out var written));
        for (var i = 0; i < 3000; i++)
        {
            var bad = record[..random.Next(written)];
            if (i % 2 == 0)
            {
                bad = [.. record];
                bad[random.Next(written)] ^= (byte)(1 << random.Next(8));
            }

            link.Server.Handle(bad, link.Now);
            Assert.False(link.Server.TryReadPayload(out _));
        }

        link.Server.Handle(record, link.Now);
        Assert.True(link.Server.TryReadPayload(out _));
        link.Server.Handle(record, link.Now);
        Assert.False(link.Server.TryReadPayload(out _));
        Assert.Equal(DtlsState.Connected, link.Server.State);
    }

    private static bool IsConnected(DtlsLink link) => link.Client.State == DtlsState.Connected && link.Server.State == DtlsState.Connected;
}
