using System.Text;
using PeerProxy.Tests.Simulation.Ice;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.Tests.Unit.Ice;

/// <summary>Single messages against one agent.</summary>
public sealed class IceAgentTests
{
    private static readonly IceCredentials _local = new("localfrag", "local-password-of-24-chars".Replace('-', '+'));
    private static readonly IceCredentials _remote = new("remotefrag", "remotepasswordof24chars+");

    private readonly byte[] _buffer = new byte[600];
    private readonly TransportAddress _peer = Address("198.51.100.7", 4444);
    private Timestamp _now = new(1_000_000);

    [Fact]
    public void Request_WithRightPassword_IsAnsweredAtOnceWithTheSourceAddress()
    {
        IceAgent agent = NewAgent();
        Assert.True(agent.Handle(Request(), 0, _peer, _now));

        Assert.True(agent.TryPollTransmit(_buffer, out IceTransmit transmit));
        Assert.Equal(_peer, transmit.Remote);
        Assert.True(StunMessageReader.TryParse(_buffer.AsSpan(0, transmit.Length), out StunMessageReader response));
        Assert.Equal(StunClass.SuccessResponse, response.Class);
        Assert.True(response.CheckIntegrity(Encoding.UTF8.GetBytes(_local.Password)));
        Assert.True(response.CheckFingerprint());
        Assert.True(response.TryGetXorAddress(StunAttributeType.XorMappedAddress, out TransportAddress mapped));
        Assert.Equal(_peer, mapped);
        Assert.False(agent.TryPollTransmit(_buffer, out _));
        Assert.True(agent.HasPath);
        Assert.Equal(_peer, agent.SelectedPath.Remote);
    }

    [Theory]
    [InlineData("localfrag:remotefrag", "wrong")]
    [InlineData("otherfrag:remotefrag", null)]
    [InlineData("localfrag", null)]
    public void Request_WithoutProof_IsDroppedSilently(string username, string? password)
    {
        IceAgent agent = NewAgent();
        Assert.False(agent.Handle(Request(username: username, password: password ?? _local.Password), 0, _peer, _now));
        Assert.False(agent.TryPollTransmit(_buffer, out _));
        Assert.False(agent.HasPath);
        Assert.Equal(1, agent.RejectedMessages);
    }

    [Fact]
    public void Request_WithUnknownMandatoryAttribute_Gets420()
    {
        IceAgent agent = NewAgent();
        Assert.True(agent.Handle(Request(extra: (StunAttributeType)0x7001), 0, _peer, _now));
        Assert.Equal(StunErrorCode.UnknownAttribute, PollError(agent));
        Assert.False(agent.HasPath);
    }

    [Fact]
    public void Request_WithTheSameRole_GetsRoleConflictOrSwitches()
    {
        IceAgent agent = NewAgent(IceRole.Controlling);
        Assert.True(agent.Handle(Request(controlling: true, tieBreaker: 0), 0, _peer, _now));
        Assert.Equal(StunErrorCode.RoleConflict, PollError(agent));
        Assert.Equal(IceRole.Controlling, agent.Role);

        Assert.True(agent.Handle(Request(controlling: true, tieBreaker: ulong.MaxValue), 0, _peer, _now));
        Assert.Equal(IceRole.Controlled, agent.Role);
    }

    [Fact]
    public void UseCandidate_MovingBetweenPairs_IsFollowed()
    {
        IceAgent agent = NewAgent();
        TransportAddress other = Address("198.51.100.8", 5555);
        agent.Handle(Request(priority: 500, nominate: true), 0, _peer, _now);
        Assert.Equal(_peer, agent.SelectedPath.Remote);

        agent.Handle(Request(priority: 100), 0, other, _now);
        Assert.Equal(_peer, agent.SelectedPath.Remote);
        agent.Handle(Request(priority: 100, nominate: true), 0, other, _now);
        Assert.Equal(other, agent.SelectedPath.Remote);

        // The first pair keeps sending its old nomination: nothing new.
        agent.Handle(Request(priority: 500, nominate: true), 0, _peer, _now);
        Assert.Equal(other, agent.SelectedPath.Remote);
        agent.Handle(Request(priority: 500), 0, _peer, _now);
        agent.Handle(Request(priority: 500, nominate: true), 0, _peer, _now);
        Assert.Equal(_peer, agent.SelectedPath.Remote);
    }

    [Fact]
    public void Traffic_OnAnotherNominatedPair_IsFollowed()
    {
        IceAgent agent = NewAgent();
        TransportAddress other = Address("198.51.100.8", 5555);
        agent.Handle(Request(nominate: true), 0, _peer, _now);
        agent.Handle(Request(nominate: true), 0, other, _now);
        Assert.Equal(other, agent.SelectedPath.Remote);
        agent.NotifyTraffic(0, _peer, _now);
        Assert.Equal(other, agent.SelectedPath.Remote);
        agent.NotifyTraffic(0, _peer, _now + TimeSpan.FromSeconds(1));
        Assert.Equal(_peer, agent.SelectedPath.Remote);
    }

    [Fact]
    public void Nomination_OfAPathThatNobodyHearsUsOn_LeavesWorsePairsToTheirChecks()
    {
        IceAgent agent = NewAgent();
        agent.AddLocalCandidate(IceCandidate.Relayed(Address("192.0.2.9", 9), Address("203.0.113.1", 1), 1000), _now);
        agent.AddRemoteCandidate(Remote(_peer), _now);
        agent.SetRemoteDescription(_remote, false, _now);
        agent.Handle(Request(nominate: true), 0, _peer, _now);
        Assert.Equal(0, agent.SelectedPath.BaseId);

        var bases = new HashSet<int>();
        for (Timestamp end = _now + TimeSpan.FromSeconds(1); _now < end; _now = Timestamp.Min(agent.NextDeadline, end))
        {
            agent.Handle(Request(nominate: true), 0, _peer, _now);
            agent.HandleTimeout(_now);
            while (agent.TryPollTransmit(_buffer, out IceTransmit transmit))
            {
                bases.Add(transmit.BaseId);
            }
        }

        Assert.Contains(1000, bases);
    }

    [Fact]
    public void Checks_WithoutAnswer_FollowTheRtoAndEnd()
    {
        IceAgent agent = NewAgent();
        agent.AddRemoteCandidate(Remote(_peer), _now);
        Timestamp start = _now;
        agent.SetRemoteDescription(_remote, false, _now);
        var times = new List<double>();
        while (agent.State != IceState.Failed)
        {
            while (agent.TryPollTransmit(_buffer, out _))
            {
                times.Add((_now - start).TotalMilliseconds);
            }

            _now = agent.NextDeadline;
            agent.HandleTimeout(_now);
        }

        Assert.Equal([0, 250, 750, 1750, 3750, 7750, 15750], times);
        Assert.Equal(30, (_now - start).TotalSeconds);
        Assert.Equal(Timestamp.Never, agent.NextDeadline);
    }

    [Fact]
    public void Checks_OfManyCandidates_LeaveAtThePaceAndBestFirst()
    {
        IceAgent agent = NewAgent();
        for (int i = 1; i <= 10; i++)
        {
            agent.AddRemoteCandidate(Remote(_peer.WithPort(i), priority: (uint)i * 1000), _now);
        }

        agent.SetRemoteDescription(_remote, false, _now);
        Timestamp start = _now;
        var sent = new List<(double Milliseconds, int Port)>();
        while (sent.Count < 5)
        {
            while (agent.TryPollTransmit(_buffer, out IceTransmit transmit))
            {
                sent.Add(((_now - start).TotalMilliseconds, transmit.Remote.Port));
            }

            _now = agent.NextDeadline;
            agent.HandleTimeout(_now);
        }

        Assert.Equal([(0, 10), (50, 9), (100, 8), (150, 7), (200, 6)], sent);
    }

    [Fact]
    public void Path_WithoutAnswerToOwnChecks_StopsBeingUsableForGood()
    {
        IceAgent agent = NewAgent();
        agent.SetRemoteDescription(_remote, false, _now);
        Timestamp end = _now + TimeSpan.FromSeconds(60);
        bool hadPath = false;
        while (_now < end)
        {
            agent.Handle(Request(), 0, _peer, _now);
            hadPath |= agent.HasPath;
            while (agent.TryPollTransmit(_buffer, out _))
            {
            }

            Timestamp next = _now + TimeSpan.FromSeconds(1);
            while (agent.NextDeadline < next)
            {
                _now = Timestamp.Max(_now, agent.NextDeadline);
                agent.HandleTimeout(_now);
                Assert.True(agent.NextDeadline > _now);
            }

            _now = next;
        }

        Assert.True(hadPath);
        Assert.False(agent.HasPath);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(2000)]
    public void Path_OfBusyPeer_IsConfirmedAtAnyRoundTripTime(int roundTripMilliseconds)
    {
        // Chromium checks every 48 ms until it is writable.
        IceAgent agent = NewAgent();
        agent.SetRemoteDescription(_remote, false, _now);
        var answers = new Queue<(Timestamp At, byte[] Message)>();
        Timestamp end = _now + TimeSpan.FromSeconds(6);
        for (; _now < end && agent.RoundTripTime is null; _now += TimeSpan.FromMilliseconds(48))
        {
            agent.Handle(Request(), 0, _peer, _now);
            agent.HandleTimeout(_now);
            while (agent.TryPollTransmit(_buffer, out IceTransmit transmit))
            {
                if (StunMessageReader.TryParse(_buffer.AsSpan(0, transmit.Length), out StunMessageReader check) && check.Class == StunClass.Request)
                {
                    answers.Enqueue((_now + TimeSpan.FromMilliseconds(roundTripMilliseconds), Answer(check.TransactionId)));
                }
            }

            while (answers.TryPeek(out (Timestamp At, byte[] Message) answer) && answer.At <= _now)
            {
                agent.Handle(answers.Dequeue().Message, 0, _peer, _now);
            }
        }

        Assert.NotNull(agent.RoundTripTime);
        Assert.InRange(agent.RoundTripTime.Value.TotalMilliseconds, roundTripMilliseconds, roundTripMilliseconds + 48);
    }

    [Fact]
    public void Peer_ThatKeepsMoving_IsFollowedEveryTime()
    {
        IceAgent agent = NewAgent();
        for (int i = 1; i <= 500; i++)
        {
            TransportAddress moved = _peer.WithPort(i);
            agent.Handle(Request(nominate: true), 0, moved, _now);
            Assert.Equal(moved, agent.SelectedPath.Remote);
            _now += TimeSpan.FromSeconds(10);
        }
    }

    [Fact]
    public void RemoteCandidates_OfAFlood_AreBounded()
    {
        IceAgent agent = NewAgent();
        for (int i = 0; i < 40; i++)
        {
            agent.AddLocalCandidate(IceCandidate.Host(Address("10.0.0.1", 1000 + i), i + 1), _now);
        }

        agent.SetRemoteDescription(_remote, false, _now);
        for (int i = 1; i < 5000; i++)
        {
            agent.AddRemoteCandidate(Remote(_peer.WithPort(i)), _now);
            agent.Handle(Request(), 0, Address("203.0.113.9", i), _now);
        }

        int replies = 0;
        while (agent.TryPollTransmit(_buffer, out _))
        {
            replies++;
        }

        Assert.InRange(replies, 1, 500);
        int events = 0;
        while (agent.TryPollEvent(out _))
        {
            events++;
        }

        Assert.InRange(events, 1, 256);
    }

    [Theory]
    [InlineData("candidate:1 1 tcp 1000 192.0.2.1 9 typ host tcptype active", CandidateIgnoredReason.UnsupportedTransport)]
    [InlineData("candidate:1 2 udp 1000 192.0.2.1 9 typ host", CandidateIgnoredReason.UnsupportedComponent)]
    [InlineData("candidate:1 1 udp 1000 0.0.0.0 9 typ host", CandidateIgnoredReason.UnusableAddress)]
    [InlineData("candidate:1 1 udp 1000 192.0.2.1 0 typ host", CandidateIgnoredReason.UnusableAddress)]
    [InlineData("candidate:1 1 udp 1000 224.0.0.1 9 typ host", CandidateIgnoredReason.UnusableAddress)]
    [InlineData("candidate:1 1 udp 1000 192.0.2.1 9 typ host ufrag elsewhere", CandidateIgnoredReason.OldGeneration)]
    public void RemoteCandidate_OfNoUse_IsIgnoredWithTheReason(string line, CandidateIgnoredReason reason)
    {
        IceAgent agent = NewAgent();
        agent.SetRemoteDescription(_remote, false, _now);
        Assert.True(WebRtc.Sdp.CandidateLine.TryParse(line, out IceCandidate? candidate, out _));
        agent.AddRemoteCandidate(candidate!, _now);
        var ignored = new List<IceEvent>();
        while (agent.TryPollEvent(out IceEvent e))
        {
            if (e.Kind == IceEventKind.CandidateIgnored)
            {
                ignored.Add(e);
            }
        }

        Assert.Equal(reason, Assert.Single(ignored).Reason);
    }

    [Fact]
    public void RemoteCandidate_WithHostName_IsHandedOutAndTakenBackResolved()
    {
        IceAgent agent = NewAgent();
        agent.SetRemoteDescription(_remote, false, _now);
        Assert.True(WebRtc.Sdp.CandidateLine.TryParse(
            "candidate:1 1 udp 2113937151 8a2f3c1e-0000-4000-8000-000000000001.local 51234 typ host generation 0", out IceCandidate? candidate, out _));
        agent.AddRemoteCandidate(candidate!, _now);
        IceEvent found = default;
        while (agent.TryPollEvent(out IceEvent e))
        {
            found = e.Kind == IceEventKind.NeedsResolution ? e : found;
        }

        Assert.Equal(candidate, found.Candidate);
        Assert.False(agent.TryPollTransmit(_buffer, out _));
        agent.AddRemoteCandidate(found.Candidate!.Resolve(Address("192.168.1.50", 0)), _now);
        Assert.True(agent.TryPollTransmit(_buffer, out IceTransmit transmit));
        Assert.Equal(Address("192.168.1.50", 51234), transmit.Remote);
    }

    [Fact]
    public void Handle_OfEveryBitFlipAndTruncation_NeverThrowsNorOpensAPath()
    {
        byte[] request = Request();
        for (int bit = 0; bit < request.Length * 8; bit++)
        {
            IceAgent agent = NewAgent();
            byte[] flipped = [.. request];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            agent.Handle(flipped, 0, _peer, _now);
            bool inFingerprint = bit / 8 >= request.Length - 8;
            Assert.True(inFingerprint || !agent.HasPath, $"bit {bit}");
            agent.Handle(request.AsSpan(0, bit / 8), 0, _peer, _now);
        }
    }

    private static TransportAddress Address(string text, int port) =>
        TransportAddress.TryParse(text, port, out TransportAddress address) ? address : throw new ArgumentException(text);

    private static IceCandidate Remote(TransportAddress address, uint priority = 1000) =>
        new() { Type = IceCandidateType.Host, Address = address, Priority = priority };

    private IceAgent NewAgent(IceRole role = IceRole.Controlled)
    {
        var agent = new IceAgent(new IceOptions { LocalCredentials = _local, Role = role }, new SeededRandom(1));
        agent.AddLocalCandidate(IceCandidate.Host(Address("10.0.0.1", 1000), 0), _now);
        return agent;
    }

    private int PollError(IceAgent agent)
    {
        Assert.True(agent.TryPollTransmit(_buffer, out IceTransmit transmit));
        Assert.True(StunMessageReader.TryParse(_buffer.AsSpan(0, transmit.Length), out StunMessageReader response));
        Assert.Equal(StunClass.ErrorResponse, response.Class);
        Assert.True(response.TryGetErrorCode(out int code));
        return code;
    }

    private static byte[] Answer(in StunTransactionId id)
    {
        var buffer = new byte[200];
        var writer = new StunMessageWriter(buffer, StunClass.SuccessResponse, StunMethod.Binding, id);
        writer.AddXorAddress(StunAttributeType.XorMappedAddress, Address("203.0.113.1", 1));
        writer.AddIntegrity(Encoding.UTF8.GetBytes(_remote.Password));
        writer.AddFingerprint();
        return buffer[..writer.Length];
    }

    private static byte[] Request(
        string? username = null,
        string? password = null,
        bool controlling = true,
        ulong tieBreaker = 5,
        uint priority = 1000,
        bool nominate = false,
        StunAttributeType? extra = null)
    {
        var buffer = new byte[300];
        var writer = new StunMessageWriter(
            buffer, StunClass.Request, StunMethod.Binding, StunTransactionId.Create(SystemRandomSource.Instance));
        writer.Add(StunAttributeType.Username, username ?? $"{_local.UsernameFragment}:{_remote.UsernameFragment}");
        writer.AddUInt64(controlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled, tieBreaker);
        writer.AddUInt32(StunAttributeType.Priority, priority);
        if (nominate)
        {
            writer.Add(StunAttributeType.UseCandidate, ReadOnlySpan<byte>.Empty);
        }

        if (extra is { } type)
        {
            writer.Add(type, ReadOnlySpan<byte>.Empty);
        }

        writer.AddIntegrity(Encoding.UTF8.GetBytes(password ?? _local.Password));
        writer.AddFingerprint();
        return buffer[..writer.Length];
    }
}
