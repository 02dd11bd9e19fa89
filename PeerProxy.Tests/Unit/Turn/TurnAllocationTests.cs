using PeerProxy.Tests.Simulation.Ice;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Stun;
using PeerProxy.WebRtc.Turn;

namespace PeerProxy.Tests.Unit.Turn;

public sealed class TurnAllocationTests
{
    private static readonly TransportAddress _client = Address("203.0.113.5", 40_000);
    private static readonly TransportAddress _relayed = Address("198.51.100.9", 50_000);
    private static readonly TransportAddress _peer = Address("192.0.2.33", 7000);

    private readonly TurnServerModel _server = new(_client, _relayed);
    private readonly byte[] _buffer = new byte[3000];
    private Timestamp _now = new(1_000_000);
    private SeededRandom? _loss;

    [Fact]
    public void Allocate_WithRightCredentials_TakesTwoRoundsAndKnowsTheAddresses()
    {
        TurnAllocation turn = Allocate();
        Assert.Equal(TurnState.Ready, turn.State);
        Assert.Equal(_relayed, turn.RelayedAddress);
        Assert.Equal(_client, turn.MappedAddress);
        Assert.True(turn.TryPollEvent(out TurnEvent e));
        Assert.Equal(TurnEventKind.Allocated, e.Kind);
        Assert.Equal(2, _server.Requests[StunMethod.Allocate]);
        Assert.Equal(TimeSpan.FromSeconds(540), turn.NextDeadline - _now);
    }

    [Fact]
    public void Allocate_WithWrongPassword_FailsAfterOneTry()
    {
        TurnAllocation turn = Allocate(password: "wrong");
        Assert.Equal(TurnState.Failed, turn.State);
        Assert.Equal(TurnFailureReason.Unauthenticated, turn.Failure.Reason);
        Assert.Equal(2, _server.Requests[StunMethod.Allocate]);
        Assert.Equal(Timestamp.Never, turn.NextDeadline);
    }

    [Fact]
    public void Allocate_AtServerThatAlwaysSaysStale_EndsBounded()
    {
        _server.NonceIsAlwaysStale = true;
        TurnAllocation turn = Allocate();
        Assert.Equal(TurnState.Failed, turn.State);
        Assert.InRange(_server.Requests[StunMethod.Allocate], 2, 5);
    }

    [Theory]
    [InlineData(486, TurnFailureReason.NoCapacity, true)]
    [InlineData(508, TurnFailureReason.NoCapacity, true)]
    [InlineData(442, TurnFailureReason.Refused, false)]
    [InlineData(300, TurnFailureReason.TryAlternate, false)]
    [InlineData(403, TurnFailureReason.Refused, false)]
    public void Allocate_WhenRefused_SaysWhy(int code, TurnFailureReason reason, bool retryable)
    {
        _server.NextError[StunMethod.Allocate] = code;
        TurnAllocation turn = Allocate();
        Assert.Equal((reason, code, retryable), (turn.Failure.Reason, turn.Failure.ErrorCode, turn.Failure.IsRetryable));
    }

    [Fact]
    public void Allocate_OverAnEarlierAllocation_ClearsItFirst()
    {
        _server.LeaveAllocation("alice", _now + TimeSpan.FromSeconds(500));
        TurnAllocation turn = Allocate();
        Assert.Equal(TurnState.Ready, turn.State);
        Assert.True(_server.HasAllocation(_now));
    }

    [Fact]
    public void Allocate_WithoutServer_FailsAfterSevenTries()
    {
        var turn = new TurnAllocation(Options(), new SeededRandom(1), _now);
        int sent = 0;
        while (turn.State == TurnState.Allocating)
        {
            while (turn.TryPollTransmit(_buffer, out _))
            {
                sent++;
            }

            _now = turn.NextDeadline;
            turn.HandleTimeout(_now);
        }

        Assert.Equal(7, sent);
        Assert.Equal(TurnFailureReason.Unreachable, turn.Failure.Reason);
    }

    [Fact]
    public void FirstDatagram_ToPeer_LeavesBehindItsPermissionInOneBurst()
    {
        TurnAllocation turn = Allocate();
        Assert.False(turn.TryWrap(_peer, "one"u8, _buffer, _now, out _));
        Exchange(turn);
        (TransportAddress Peer, byte[] Payload, bool InChannel) relayed = Assert.Single(_server.Relayed);
        Assert.Equal(_peer, relayed.Peer);
        Assert.Equal("one"u8.ToArray(), relayed.Payload);

        Send(turn, _peer, "two"u8);
        Assert.Equal(2, _server.Relayed.Count);
        Assert.Equal(0, _server.DroppedIndications);
        Assert.Equal(1, _server.Requests[StunMethod.CreatePermission]);
    }

    [Fact]
    public void Datagrams_OfMuchUsedPeer_MoveToAChannel()
    {
        TurnAllocation turn = Allocate();
        for (int i = 0; i < 20; i++)
        {
            Send(turn, _peer, [(byte)i]);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)i), _server.Relayed.Select(r => r.Payload[0]));
        Assert.False(_server.Relayed[0].InChannel);
        Assert.True(_server.Relayed[^1].InChannel);
        Assert.Equal(1, _server.Requests[StunMethod.ChannelBind]);
        Assert.True(turn.TryWrap(_peer, new byte[100], _buffer, _now, out int length));
        Assert.Equal(100 + TurnAllocation.ChannelOverhead, length);
    }

    [Fact]
    public void Data_OfPeers_IsUnwrappedInBothForms()
    {
        TurnAllocation turn = Allocate();
        Assert.Null(_server.FromPeer(_peer, [1], _now));
        Send(turn, _peer, "x"u8);
        Assert.True(turn.TryUnwrap(_server.FromPeer(_peer, [1, 2, 3], _now), out TransportAddress from, out ReadOnlySpan<byte> payload));
        Assert.Equal(_peer, from);
        Assert.Equal([1, 2, 3], payload.ToArray());

        turn.BindChannel(_peer, _now);
        Exchange(turn);
        byte[] inChannel = _server.FromPeer(_peer, [4, 5], _now)!;
        Assert.Equal(0x40, inChannel[0]);
        Assert.True(turn.TryUnwrap(inChannel, out from, out payload));
        Assert.Equal(_peer, from);
        Assert.Equal([4, 5], payload.ToArray());
        inChannel[1] ^= 0xFF;
        Assert.False(turn.TryUnwrap(inChannel, out _, out _));
    }

    [Fact]
    public void Permissions_OfManyPeers_ShareRequests()
    {
        TurnAllocation turn = Allocate();
        for (int i = 1; i <= 20; i++)
        {
            turn.Permit(Address($"192.0.2.{i}", 1000), _now);
            turn.Permit(Address($"192.0.2.{i}", 2000), _now);
        }

        Exchange(turn);
        Assert.Equal(3, _server.Requests[StunMethod.CreatePermission]);
        Assert.True(_server.HasPermission(Address("192.0.2.20", 0), _now));
    }

    [Fact]
    public void Permissions_WithOneForbiddenPeer_AreGrantedToTheOthers()
    {
        _server.Forbidden.Add(Address("192.0.2.3", 0));
        TurnAllocation turn = Allocate();
        turn.TryPollEvent(out _);
        for (int i = 1; i <= 5; i++)
        {
            turn.Permit(Address($"192.0.2.{i}", 1000), _now);
        }

        Exchange(turn);
        Assert.True(_server.HasPermission(Address("192.0.2.5", 0), _now));
        Assert.False(_server.HasPermission(Address("192.0.2.3", 0), _now));
        Assert.True(turn.TryPollEvent(out TurnEvent e));
        Assert.Equal(new TurnEvent(TurnEventKind.PeerRefused, Address("192.0.2.3", 0)), e);
        Assert.False(turn.TryPollEvent(out _));
        Assert.False(turn.TryWrap(Address("192.0.2.3", 1000), "x"u8, _buffer, _now, out _));
    }

    [Fact]
    public void Allocation_InUseForHours_StaysUpWithoutLosingADatagram()
    {
        TurnAllocation turn = Allocate();
        for (int second = 0; second < 3 * 3600; second += 5)
        {
            if (second % 900 == 0)
            {
                _server.ChangeNonce();
            }

            RunUntil(turn, _now + TimeSpan.FromSeconds(5));
            Send(turn, _peer, "keepalive"u8);
        }

        Assert.Equal(TurnState.Ready, turn.State);
        // The very first one met a stale nonce, and was sent again behind the second request.
        Assert.Equal(1, _server.DroppedIndications);
        Assert.Equal(3 * 3600 / 5, _server.Relayed.Count);
        Assert.InRange(_server.Requests[StunMethod.Refresh], 20, 40);
        Assert.InRange(_server.Requests[StunMethod.CreatePermission], 45, 80);
        Assert.InRange(_server.Requests[StunMethod.ChannelBind], 20, 40);
    }

    [Fact]
    public void Peers_NoLongerUsed_AreForgottenAndCanComeBack()
    {
        TurnAllocation turn = Allocate();
        turn.BindChannel(_peer, _now);
        Exchange(turn);
        int binds = _server.Requests[StunMethod.ChannelBind];
        RunUntil(turn, _now + TimeSpan.FromSeconds(700));
        Assert.False(_server.HasPermission(_peer, _now));
        Assert.Equal(binds, _server.Requests[StunMethod.ChannelBind]);

        Send(turn, _peer, "back"u8);
        for (int i = 0; i < 10; i++)
        {
            Send(turn, _peer, "again"u8);
        }

        Assert.Equal(11, _server.Relayed.Count);
        Assert.True(_server.Relayed[^1].InChannel);
        RunUntil(turn, _now + TimeSpan.FromSeconds(3000));
        Assert.Equal(TurnState.Ready, turn.State);
    }

    [Fact]
    public void Credentials_ChangedWhileRunning_AreUsedAtOnce()
    {
        TurnAllocation turn = Allocate();
        _server.Users["bob"] = "other";
        turn.UpdateCredentials(new TurnCredentials("bob", "other"), _now);
        Exchange(turn);
        _server.Users.Remove("alice");
        RunUntil(turn, _now + TimeSpan.FromSeconds(1200));
        Assert.Equal(TurnState.Ready, turn.State);
    }

    [Fact]
    public void Credentials_WhereTheServerTiesTheAllocation_AskForAnotherOne()
    {
        _server.TiesAllocationToUser = true;
        TurnAllocation turn = Allocate();
        turn.TryPollEvent(out _);
        _server.Users["bob"] = "other";
        turn.UpdateCredentials(new TurnCredentials("bob", "other"), _now);
        Exchange(turn);
        Assert.True(turn.TryPollEvent(out TurnEvent e));
        Assert.Equal(TurnEventKind.ReallocationNeeded, e.Kind);
        RunUntil(turn, _now + TimeSpan.FromSeconds(1200));
        Assert.Equal(TurnState.Ready, turn.State);
    }

    [Fact]
    public void Permission_AskedForWhileTheServerRefusesNewCredentials_IsGranted()
    {
        _server.TiesAllocationToUser = true;
        TurnAllocation turn = Allocate();
        _server.Users["bob"] = "other";
        turn.UpdateCredentials(new TurnCredentials("bob", "other"), _now);
        turn.Permit(_peer, _now);
        Exchange(turn);
        while (turn.TryPollEvent(out TurnEvent e))
        {
            Assert.NotEqual(TurnEventKind.PeerRefused, e.Kind);
        }

        Assert.Equal(TurnState.Ready, turn.State);
    }

    [Fact]
    public void Credentials_ThatExpire_AskForAnotherAllocation()
    {
        TurnAllocation turn = Allocate();
        turn.TryPollEvent(out _);
        _server.Users.Remove("alice");
        turn.Permit(_peer, _now);
        Exchange(turn);
        Assert.True(turn.TryPollEvent(out TurnEvent e));
        Assert.Equal(TurnEventKind.ReallocationNeeded, e.Kind);
        Assert.Equal(TurnState.Ready, turn.State);
    }

    [Fact]
    public void Refresh_OfLostAllocation_Fails()
    {
        TurnAllocation turn = Allocate();
        _server.NextError[StunMethod.Refresh] = 437;
        RunUntil(turn, _now + TimeSpan.FromSeconds(600));
        Assert.Equal(TurnFailureReason.AllocationLost, turn.Failure.Reason);
        Assert.True(turn.Failure.IsRetryable);
    }

    [Theory]
    [InlineData(StunMethod.CreatePermission)]
    [InlineData(StunMethod.ChannelBind)]
    public void Request_OnLostAllocation_Fails(StunMethod method)
    {
        TurnAllocation turn = Allocate();
        turn.Permit(_peer, _now);
        if (method == StunMethod.ChannelBind)
        {
            Exchange(turn);
            turn.BindChannel(_peer, _now);
        }

        _server.NextError[method] = 437;
        Exchange(turn);
        Assert.Equal(TurnState.Failed, turn.State);
        Assert.Equal(TurnFailureReason.AllocationLost, turn.Failure.Reason);
    }

    [Fact]
    public void Close_OfAllocation_GivesItBack()
    {
        TurnAllocation turn = Allocate();
        turn.Close(_now);
        Exchange(turn);
        Assert.Equal(TurnState.Closed, turn.State);
        Assert.False(_server.HasAllocation(_now));
        Assert.False(turn.TryWrap(_peer, "x"u8, _buffer, _now, out _));
    }

    [Fact]
    public void Answers_ForgedWithoutTheKey_AreIgnored()
    {
        var turn = new TurnAllocation(Options(), new SeededRandom(1), _now);
        Assert.True(turn.TryPollTransmit(_buffer, out int length));
        byte[] challenge = _server.Handle(_buffer.AsSpan(0, length), _now)!;
        Assert.True(turn.Handle(challenge, _now));
        Assert.False(turn.Handle(challenge, _now));
        Assert.True(turn.TryPollTransmit(_buffer, out length));
        byte[] answer = _server.Handle(_buffer.AsSpan(0, length), _now)!;
        for (int bit = 0; bit < answer.Length * 8; bit++)
        {
            byte[] flipped = [.. answer];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            turn.Handle(flipped, _now);
            turn.Handle(answer.AsSpan(0, bit / 8), _now);
            Assert.Equal(TurnState.Allocating, turn.State);
        }

        Assert.True(turn.Handle(answer, _now));
        Assert.Equal(TurnState.Ready, turn.State);
    }

    [Fact]
    public void Allocation_OverLossyPath_WorksForManySeeds()
    {
        for (int seed = 1; seed <= 200; seed++)
        {
            var test = new TurnAllocationTests { _loss = new SeededRandom(seed) };
            TurnAllocation turn = test.Allocate(seed: seed);
            test.RunUntil(turn, test._now + TimeSpan.FromSeconds(60));
            Assert.True(turn.State == TurnState.Ready, $"seed {seed}");
            for (int i = 0; i < 100; i++)
            {
                test.Send(turn, _peer, "data"u8);
                test.RunUntil(turn, test._now + TimeSpan.FromMilliseconds(100));
            }

            Assert.True(test._server.Relayed.Count > 60, $"seed {seed}: {test._server.Relayed.Count}");
            test.RunUntil(turn, test._now + TimeSpan.FromSeconds(30));
            int before = test._server.Relayed.Count;
            while (test._server.Relayed.Count == before)
            {
                test.Send(turn, _peer, "last"u8);
            }

            Assert.True(test._server.Relayed[^1].InChannel, $"seed {seed}");
        }
    }

    [Fact]
    public void Unwrap_OfEveryTruncationAndFlip_NeverThrows()
    {
        TurnAllocation turn = Allocate();
        Send(turn, _peer, "x"u8);
        byte[] indication = _server.FromPeer(_peer, new byte[40], _now)!;
        turn.BindChannel(_peer, _now);
        Exchange(turn);
        byte[] channel = _server.FromPeer(_peer, new byte[40], _now)!;
        foreach (byte[] message in new[] { indication, channel })
        {
            for (int bit = 0; bit < message.Length * 8; bit++)
            {
                byte[] flipped = [.. message];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                turn.TryUnwrap(flipped, out _, out _);
                Assert.False(turn.TryUnwrap(message.AsSpan(0, bit / 8), out _, out _));
            }
        }
    }

    private static TransportAddress Address(string text, int port) =>
        TransportAddress.TryParse(text, port, out TransportAddress address) ? address : throw new ArgumentException(text);

    private static TurnOptions Options(string password = "secret") => new() { Credentials = new TurnCredentials("alice", password) };

    private TurnAllocation Allocate(string password = "secret", int seed = 1)
    {
        var turn = new TurnAllocation(Options(password), new SeededRandom(seed), _now);
        Exchange(turn);
        return turn;
    }

    private void Send(TurnAllocation turn, TransportAddress peer, ReadOnlySpan<byte> payload)
    {
        if (turn.TryWrap(peer, payload, _buffer, _now, out int length) && !IsLost())
        {
            _server.Handle(_buffer.AsSpan(0, length), _now);
        }

        Exchange(turn);
    }

    /// <summary>Carries messages both ways until all is quiet.</summary>
    private void Exchange(TurnAllocation turn)
    {
        while (turn.TryPollTransmit(_buffer, out int length))
        {
            if (!IsLost() && _server.Handle(_buffer.AsSpan(0, length), _now) is { } answer && !IsLost())
            {
                turn.Handle(answer, _now);
            }
        }
    }

    private bool IsLost() => _loss is not null && _loss.NextDouble() < 0.05;

    private void RunUntil(TurnAllocation turn, Timestamp end)
    {
        while (turn.NextDeadline <= end)
        {
            _now = Timestamp.Max(_now, turn.NextDeadline);
            turn.HandleTimeout(_now);
            Exchange(turn);
            Assert.True(turn.NextDeadline > _now, "a deadline that stays due would spin the driver");
        }

        _now = end;
    }
}
