using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.Simulation.Connection;

[Trait("Category", "Simulation")]
public class PeerConnectionSimulationTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false, 350)]
    [InlineData(true, 250)]
    public void Connect_HundredMillisecondRoundTrip_OpensInTime(bool initBySignaling, int limitMilliseconds)
    {
        using var pair = new SimulatedPair(1);
        pair.Network.MinDelay = pair.Network.MaxDelay = TimeSpan.FromMilliseconds(50);
        var start = pair.Network.Now;
        pair.Signal(initBySignaling: initBySignaling);
        pair.Alice.Open(0, ordered: true);
        pair.Bob.Open(0, ordered: true);

        Assert.True(pair.RunUntil(() => pair.IsConnected, _limit));

        Assert.InRange(pair.Network.Now - start, TimeSpan.Zero, TimeSpan.FromMilliseconds(limitMilliseconds));
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.05, 20)]
    [InlineData(0.2, 80)]
    public void Messages_LossDuplicationAndReordering_ArriveForEverySeed(double loss, int jitterMilliseconds)
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            using var pair = new SimulatedPair(seed);
            pair.Network.Loss = loss;
            pair.Network.Duplication = loss / 2;
            pair.Network.MaxDelay = pair.Network.MinDelay + TimeSpan.FromMilliseconds(jitterMilliseconds);
            pair.Signal();
            pair.Alice.Open(0, ordered: true);
            pair.Bob.Open(0, ordered: true);
            Assert.True(pair.RunUntil(() => pair.IsConnected, _limit), $"seed {seed}: {pair.Alice.Connection.State}, {pair.Bob.Connection.State}");

            const int Count = 60;
            for (var i = 0; i < Count; i++)
            {
                Assert.True(pair.Alice.Channel!.TrySend(Message(i), isText: false, pair.Network.Now));
                Assert.True(pair.Bob.Channel!.TrySend(Message(i + 1000), isText: false, pair.Network.Now));
            }

            pair.Drain();
            Assert.True(
                pair.RunUntil(() => pair.Alice.Received.Count == Count && pair.Bob.Received.Count == Count, TimeSpan.FromMinutes(3)),
                $"seed {seed}: {pair.Alice.Received.Count} and {pair.Bob.Received.Count} messages");
            for (var i = 0; i < Count; i++)
            {
                Assert.Equal(Message(i), pair.Bob.Received[i]);
                Assert.Equal(Message(i + 1000), pair.Alice.Received[i]);
            }
        }
    }

    [Fact]
    public void Path_CutForTenSecondsAndRestored_GoesOnWithTheSameSession()
    {
        using var pair = Connected(3);
        Assert.True(pair.Alice.Channel!.TrySend(Message(1), isText: false, pair.Network.Now));
        pair.Cut();
        pair.RunUntil(() => false, TimeSpan.FromSeconds(10));
        Assert.Equal(PeerConnectionState.Disconnected, pair.Alice.Connection.State);
        pair.Network.Restore();

        Assert.True(pair.RunUntil(() => pair.Bob.Received.Count == 1 && pair.IsConnected, _limit));
    }

    [Fact]
    public void GarbageInsideDtls_FromThePeer_IsDroppedAndTheSessionGoesOn()
    {
        using var pair = Connected(9);
        var random = new Random(9);
        for (var i = 0; i < 2000; i++)
        {
            var garbage = new byte[random.Next(1, 1200)];
            random.NextBytes(garbage);
            if (i % 2 == 0 && garbage.Length >= SctpPacketWriter.HeaderLength)
            {
                // A packet as far as its checksum says.
                Crc32c.Write(garbage);
            }

            pair.Alice.SendInsideDtls(garbage);
        }

        pair.RunUntil(() => false, TimeSpan.FromSeconds(1));
        Assert.True(pair.IsConnected);
        Assert.True(pair.Alice.Channel!.TrySend(Message(1), isText: false, pair.Network.Now));
        pair.Drain();
        Assert.True(pair.RunUntil(() => pair.Bob.Received.Count == 1, _limit));
        Assert.Equal(Message(1), pair.Bob.Received[0]);
    }

    [Fact]
    public void Path_CutForGood_EndsBothSidesAsLost()
    {
        using var pair = Connected(4);
        pair.Cut();

        Assert.True(pair.RunUntil(() => pair.Alice.Connection.IsOver && pair.Bob.Connection.IsOver, TimeSpan.FromMinutes(2)));
        Assert.Equal(PeerConnectionCloseReason.PathLost, pair.Alice.Connection.CloseReason);
        Assert.Equal(PeerConnectionState.Failed, pair.Bob.Connection.State);
    }

    [Fact]
    public void Close_Connected_EndsTheOtherSideWithinOneTrip()
    {
        using var pair = Connected(5);
        pair.Alice.Connection.Close(pair.Network.Now);
        pair.Drain();

        Assert.True(pair.RunUntil(() => pair.Bob.Connection.IsOver, TimeSpan.FromMilliseconds(100)));
        Assert.Equal(PeerConnectionCloseReason.ClosedByPeer, pair.Bob.Connection.CloseReason);
    }

    [Fact]
    public void IceRestart_WithLoss_KeepsMessagesFlowing()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            using var pair = Connected(seed);
            pair.Network.Loss = 0.1;
            for (var round = 0; round < 3; round++)
            {
                pair.Signal(iceRestart: true);
                Assert.True(pair.Alice.Channel!.TrySend(Message(round), isText: false, pair.Network.Now));
                pair.Drain();
                var expected = round + 1;
                Assert.True(pair.RunUntil(() => pair.Bob.Received.Count == expected, _limit), $"seed {seed}, round {round}");
            }
        }
    }

    [Fact]
    public void Handle_GarbageFromThePeersAddress_DisturbsNothing()
    {
        using var pair = Connected(6);
        var random = new Random(6);
        for (var i = 0; i < 5000; i++)
        {
            var garbage = new byte[random.Next(1, 1400)];
            random.NextBytes(garbage);
            garbage[0] = (byte)random.Next(0, 90);
            pair.Network.Send(pair.Bob.Connection.SelectedPath!.Value.Remote, pair.Alice.Connection.SelectedPath!.Value.Remote, garbage);
        }

        Assert.True(pair.Alice.Channel!.TrySend(Message(9), isText: false, pair.Network.Now));
        pair.Drain();
        Assert.True(pair.RunUntil(() => pair.Bob.Received.Count == 1, _limit));
        Assert.True(pair.IsConnected);
    }

    private static SimulatedPair Connected(int seed)
    {
        var pair = new SimulatedPair(seed);
        pair.Signal();
        pair.Alice.Open(0, ordered: true);
        pair.Bob.Open(0, ordered: true);
        Assert.True(pair.RunUntil(() => pair.IsConnected, _limit), $"seed {seed}");
        return pair;
    }

    private static byte[] Message(int number)
    {
        var message = new byte[1 + (number * 37 % 5000)];
        new Random(number).NextBytes(message);
        return message;
    }
}
