using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Dtls;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Unit.Hosting;

[Trait("Category", "Functional")]
public class WebRtcTransportTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_OfAllSizesBothWays_ArriveUnchanged(bool ordered)
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var (left, right) = await TransportPair.OpenAsync(alice, bob, 0, ordered);

        foreach (var size in new[] { 1, 2, 1000, 1191, 1192, 16 * 1024, 65_536, 256 * 1024 })
        {
            var message = RandomNumberGenerator.GetBytes(size);
            await left.SendAsync(message);
            using var atBob = await right.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
            Assert.Equal(message, atBob!.Data.ToArray());
            await right.SendAsync(atBob.Data);
            using var atAlice = await left.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
            Assert.Equal(message, atAlice!.Data.ToArray());
        }

        await left.SendAsync("text"u8.ToArray(), isText: true);
        await left.SendAsync(ReadOnlyMemory<byte>.Empty);
        using var text = await right.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
        using var empty = await right.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
        Assert.True(text!.IsText);
        Assert.Equal(0, empty!.Data.Length);
        await Assert.ThrowsAsync<PeerConnectionException>(() => left.SendAsync(new byte[(256 * 1024) + 1]).AsTask());
    }

    [Fact]
    public async Task Messages_HundredMegabytesBothWaysAtOnce_HashesAreEqual()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var (left, right) = await TransportPair.OpenAsync(alice, bob, 0);

        var results = await Task.WhenAll(SendAsync(left, 1), ReceiveAsync(right), SendAsync(right, 2), ReceiveAsync(left))
            .WaitAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[2], results[3]);
    }

    [Fact]
    public async Task OpenChannel_HundredByDcep_AllCarryMessages()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        bob.ChannelOpened += channel => _ = EchoAsync(channel);

        var channels = Enumerable.Range(0, 100).Select(i => alice.OpenChannel(new DataChannelOptions { Label = $"n{i}" })).ToList();
        foreach (var channel in channels)
        {
            await channel.Opened.WaitAsync(TransportPair.Limit);
            await channel.SendAsync(System.Text.Encoding.UTF8.GetBytes(channel.Label), isText: true);
        }

        foreach (var channel in channels)
        {
            using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
            Assert.Equal(channel.Label, System.Text.Encoding.UTF8.GetString(echo!.Data.Span));
        }

        foreach (var channel in channels)
        {
            await channel.CloseAsync().AsTask().WaitAsync(TransportPair.Limit);
        }

        static async Task EchoAsync(IDataChannel channel)
        {
            while (await channel.ReceiveAsync() is { } message)
            {
                using (message)
                {
                    await channel.SendAsync(message.Data, message.IsText);
                }
            }
        }
    }

    [Fact]
    public async Task SendAsync_WhileTheLoopHasNotOpenedTheChannelYet_Waits()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var heard = new TaskCompletionSource<IDataChannel>(TaskCreationOptions.RunContinuationsAsynchronously);
        bob.ChannelOpened += channel => heard.TrySetResult(channel);

        // On the loop, in the middle of a turn: what is opened here is only opened in the next.
        alice.ChannelOpened += _ =>
        {
            var answer = alice.OpenChannel(new DataChannelOptions { Label = "answer" });
            Assert.True(answer.SendAsync("now"u8.ToArray()).IsCompletedSuccessfully);
        };
        bob.OpenChannel(new DataChannelOptions { Label = "question" });

        var answer = await heard.Task.WaitAsync(TransportPair.Limit);
        using var message = await answer.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
        Assert.Equal("now"u8, message!.Data.Span);
    }

    [Fact]
    public async Task CloseAsync_AfterSending_DeliversEverythingThenEndsBothSides()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var (left, right) = await TransportPair.OpenAsync(alice, bob, 4);
        for (var i = 0; i < 50; i++)
        {
            await left.SendAsync(new byte[10_000]);
        }

        var closing = left.CloseAsync().AsTask();
        var count = 0;
        while (await right.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit) is { } message)
        {
            message.Dispose();
            count++;
        }

        Assert.Equal(50, count);
        await closing.WaitAsync(TransportPair.Limit);
        await right.Closed.WaitAsync(TransportPair.Limit);
        await Assert.ThrowsAsync<PeerConnectionException>(() => left.SendAsync(new byte[1]).AsTask());
    }

    [Fact]
    public async Task SendAsync_ReaderStops_WaitsInsteadOfBuffering()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var (left, right) = await TransportPair.OpenAsync(alice, bob, 0);
        var message = new byte[64 * 1024];
        long sent = 0;
        Task blocked;
        while (true)
        {
            var send = left.SendAsync(message).AsTask();
            sent += message.Length;
            if (await Task.WhenAny(send, Task.Delay(TimeSpan.FromSeconds(2))) != send)
            {
                blocked = send;
                break;
            }

            Assert.True(sent < 64 * 1024 * 1024, "the sender was never held back");
        }

        var reading = Task.Run(async () =>
        {
            for (long received = 0; received < sent;)
            {
                using var next = await right.ReceiveAsync();
                received += next!.Data.Length;
            }
        });
        await Task.WhenAll(blocked, reading).WaitAsync(TransportPair.Limit);
    }

    [Fact]
    public async Task DisposeAsync_Connected_EndsThePeerAtOnce()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var (_, right) = await TransportPair.OpenAsync(alice, bob, 0);

        await alice.DisposeAsync();

        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, await bob.Closed.WaitAsync(TransportPair.Limit));
        Assert.Null(await right.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit));
        Assert.Equal(PeerConnectionState.Closed, bob.State);
        Assert.Equal(PeerConnectionCloseReason.ClosedLocally, await alice.Closed);
    }

    [Fact]
    public async Task Connect_AnswerNamesAnotherCertificate_IsRefused()
    {
        await using var pair = new TransportPair();
        var stranger = DtlsCertificate.Create().Fingerprint.ToHexPairs();
        var (alice, _) = await pair.SignalAsync(answer => answer.Replace(pair.Bob.LocalFingerprint, stranger, StringComparison.Ordinal));

        Assert.Equal(PeerConnectionCloseReason.FingerprintMismatch, await alice.Closed.WaitAsync(TransportPair.Limit));
        await Assert.ThrowsAsync<PeerConnectionException>(() => alice.Connected);
    }

    [Fact]
    public async Task AcceptOfferAsync_UnusableText_SaysWhy()
    {
        await using var transport = TransportPair.Create();
        await using var connection = transport.CreateConnection(new PeerConnectionOptions());

        var error = await Assert.ThrowsAsync<PeerConnectionException>(() => connection.AcceptOfferAsync("v=0\r\nnonsense"));

        Assert.Contains("session description", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_PeerNeverAnswers_TimesOut()
    {
        await using var pair = new TransportPair();
        var silent = pair.Alice.CreateConnection(new PeerConnectionOptions());
        var offer = await silent.CreateOfferAsync();
        await silent.DisposeAsync();
        await using var connection = pair.Bob.CreateConnection(new PeerConnectionOptions { ConnectTimeout = TimeSpan.FromSeconds(1) });
        await connection.AcceptOfferAsync(offer);

        Assert.Equal(PeerConnectionCloseReason.ConnectTimeout, await connection.Closed.WaitAsync(TransportPair.Limit));
        Assert.Equal(PeerConnectionState.Failed, connection.State);
    }

    [Fact]
    public async Task OpenPort_RandomAndTruncatedDatagrams_DisturbNobody()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var (left, right) = await TransportPair.OpenAsync(alice, bob, 0);
        using var attacker = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var random = new Random(7);
        var target = pair.Bob.LocalEndPoints[0];
        for (var i = 0; i < 20_000; i++)
        {
            var datagram = new byte[random.Next(0, 1500)];
            random.NextBytes(datagram);
            if (datagram.Length > 20)
            {
                // Mostly things that get past the first look: STUN with its cookie, DTLS records, TURN channel numbers.
                datagram[0] = (byte)random.Next(0, 80);
                if (i % 3 == 0)
                {
                    new byte[] { 0, 1, (byte)((datagram.Length - 20) >> 8), (byte)(datagram.Length - 20), 0x21, 0x12, 0xA4, 0x42 }.CopyTo(datagram, 0);
                }
                else if (i % 3 == 1)
                {
                    new byte[] { 22, 254, 253, 0, 0 }.CopyTo(datagram, 0);
                }
            }

            attacker.SendTo(datagram, target);
        }

        await left.SendAsync("still here"u8.ToArray());
        using var message = await right.ReceiveAsync().AsTask().WaitAsync(TransportPair.Limit);
        Assert.Equal("still here"u8.ToArray(), message!.Data.ToArray());
        Assert.Equal(PeerConnectionState.Connected, bob.State);
    }

    [Fact]
    public async Task CreateConnection_MadeAndClosedManyTimes_LeavesNothing()
    {
        await using var pair = new TransportPair();
        for (var round = 0; round < 60; round++)
        {
            var (alice, bob) = await pair.ConnectAsync();
            await alice.DisposeAsync();
            await bob.Closed.WaitAsync(TransportPair.Limit);
        }

        Assert.Equal(0, pair.Alice.ConnectionCount);
        await WaitUntilAsync(() => pair.Bob.ConnectionCount == 0);
    }

    [Fact]
    public async Task CreateConnection_AtTheLimit_IsRefused()
    {
        await using var transport = new WebRtcTransport(new WebRtcTransportOptions { BindAddresses = [IPAddress.Loopback], MaxConnections = 1 });
        var first = transport.CreateConnection(new PeerConnectionOptions());

        Assert.Throws<PeerConnectionException>(() => transport.CreateConnection(new PeerConnectionOptions()));

        await first.DisposeAsync();
        await WaitUntilAsync(() => transport.ConnectionCount == 0);
        await transport.CreateConnection(new PeerConnectionOptions()).DisposeAsync();
    }

    [Fact]
    public async Task CreateOfferAsync_IceRestartWhileDataFlows_KeepsTheSession()
    {
        await using var pair = new TransportPair();
        var (alice, bob) = await pair.ConnectAsync();
        var (left, right) = await TransportPair.OpenAsync(alice, bob, 0);
        using var stop = new CancellationTokenSource();
        var received = 0;
        var reading = Task.Run(async () =>
        {
            while (await right.ReceiveAsync() is { } message)
            {
                Assert.Equal(received, BitConverter.ToInt32(message.Data.Span));
                message.Dispose();
                received++;
            }
        });
        var sending = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await left.SendAsync(BitConverter.GetBytes(i));
                await Task.Yield();
            }
        });

        for (var i = 0; i < 3; i++)
        {
            await alice.AcceptAnswerAsync(await bob.AcceptOfferAsync(await alice.CreateOfferAsync(iceRestart: true)));
            var before = Volatile.Read(ref received);
            await WaitUntilAsync(() => Volatile.Read(ref received) > before + 100);
        }

        await stop.CancelAsync();
        await sending.WaitAsync(TransportPair.Limit);
        await left.CloseAsync().AsTask().WaitAsync(TransportPair.Limit);
        await reading.WaitAsync(TransportPair.Limit);
        Assert.Equal(PeerConnectionState.Connected, alice.State);
    }

    [Fact]
    public async Task ChannelOpened_HandlerThrows_EndsThatConnectionAlone()
    {
        await using var pair = new TransportPair();
        var faults = 0;
        pair.Bob.InternalError += _ => Interlocked.Increment(ref faults);
        var (_, bystander) = await pair.ConnectAsync();
        var (alice, bob) = await pair.ConnectAsync();
        bob.ChannelOpened += _ => throw new InvalidOperationException("a handler with a fault");

        await alice.OpenChannel(new DataChannelOptions { Label = "trigger" }).SendAsync(new byte[1]);

        Assert.Equal(PeerConnectionCloseReason.ProtocolViolation, await bob.Closed.WaitAsync(TransportPair.Limit));
        await WaitUntilAsync(() => Volatile.Read(ref faults) == 1);
        Assert.Equal(PeerConnectionState.Connected, bystander.State);
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TransportPair.Limit);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static async Task<string> SendAsync(IDataChannel channel, int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(seed);
        var message = new byte[100 * 1024];
        for (var i = 0; i < 1024; i++)
        {
            random.NextBytes(message);
            hash.AppendData(message);
            await channel.SendAsync(message);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task<string> ReceiveAsync(IDataChannel channel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < 1024; i++)
        {
            using var message = await channel.ReceiveAsync();
            hash.AppendData(message!.Data.Span);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
