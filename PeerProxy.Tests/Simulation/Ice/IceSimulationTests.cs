using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.Tests.Simulation.Ice;

[Trait("Category", "Simulation")]
public sealed class IceSimulationTests
{
    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait between two tries of a pair that failed, and the try.</summary>
    private static readonly TimeSpan _retryLimit = TimeSpan.FromSeconds(120);

    public static TheoryData<NatType, NatType> NatPairs()
    {
        var data = new TheoryData<NatType, NatType>();
        foreach (NatType left in Enum.GetValues<NatType>())
        {
            foreach (NatType right in Enum.GetValues<NatType>())
            {
                data.Add(left, right);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(NatPairs))]
    public void Agents_BehindNats_ConnectDirectlyWhereStunSuffices(NatType left, NatType right)
    {
        var session = new IceSession(1, left, right);
        session.AddSockets();
        session.Negotiate();

        bool connected = session.RunUntil(() => session.BothNominated, _connectLimit);
        session.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(StunSuffices(left, right), connected && session.CanExchangeData());
        if (!connected)
        {
            session.RunFor(TimeSpan.FromSeconds(40));
            Assert.Equal(IceState.Failed, session.Left.Agent.State);
            Assert.Equal(IceState.Failed, session.Right.Agent.State);
            Assert.Equal(Timestamp.Never, session.Left.Agent.NextDeadline);
        }
    }

    [Theory]
    [MemberData(nameof(NatPairs))]
    public void Agents_WithRelay_ConnectEverywhereAndPreferDirect(NatType left, NatType right)
    {
        var session = new IceSession(2, left, right);
        session.AddSockets();
        session.Left.AddRelay(1, "198.51.100.20");
        session.Right.AddRelay(1, "198.51.100.21");
        session.Negotiate();

        Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), session.Describe());
        session.RunFor(TimeSpan.FromSeconds(10));

        Assert.True(session.CanExchangeData(), session.Describe());
        Assert.Equal(!StunSuffices(left, right), session.Left.Agent.SelectedPath.LocalType == IceCandidateType.Relayed
            || session.Right.Agent.SelectedPath.LocalType == IceCandidateType.Relayed);
    }

    [Fact]
    public void Agents_OverBadNetworks_ConnectForManySeeds()
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            var random = new SeededRandom(seed);
            NatType[] easy = [NatType.None, NatType.FullCone, NatType.Restricted, NatType.PortRestricted];
            var session = new IceSession(seed, easy[random.Next(4)], easy[random.Next(4)]);
            session.Network.Loss = 0.2 * random.NextDouble();
            session.Network.Duplication = 0.1 * random.NextDouble();
            session.Network.MinDelay = TimeSpan.FromMilliseconds(random.Next(300));
            session.Network.MaxDelay = session.Network.MinDelay + TimeSpan.FromMilliseconds(random.Next(200));
            session.Left.SignalingDelay = TimeSpan.FromMilliseconds(random.Next(500));
            session.Right.SignalingDelay = TimeSpan.FromMilliseconds(random.Next(500));
            session.AddSockets();
            session.Negotiate();

            Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), $"seed {seed}: {session.Describe()}");
            session.RunFor(TimeSpan.FromSeconds(20));
            Assert.True(session.CanExchangeData(), $"seed {seed}: no data, {session.Describe()}");
            Assert.True(session.BothNominated && session.Left.Agent.State == IceState.Connected, $"seed {seed}: {session.Describe()}");
        }
    }

    [Fact]
    public void Agents_WithSameRole_ResolveTheConflict()
    {
        foreach (IceRole role in Enum.GetValues<IceRole>())
        {
            for (int seed = 1; seed <= 40; seed++)
            {
                var session = new IceSession(seed, NatType.PortRestricted, NatType.FullCone, role, role);
                session.Network.Loss = 0.05;
                session.AddSockets();
                session.Negotiate();

                Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), $"seed {seed}: {session.Describe()}");
                session.RunFor(TimeSpan.FromSeconds(5));
                Assert.True(session.Left.Agent.Role != session.Right.Agent.Role, $"seed {seed}: {session.Describe()}");
                Assert.True(session.CanExchangeData(), $"seed {seed}: {session.Describe()}");
            }
        }
    }

    [Fact]
    public void Answerer_BeforeRemoteDescription_AnswersAndHasPathAtOnce()
    {
        var session = new IceSession(7);
        session.Left.HidesCandidates = true;
        session.AddSockets();
        // Only left knows anything: right must live on left's checks.
        session.Right.SignalDescription();

        Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), session.Describe());

        Assert.Null(session.Right.Agent.RemoteCredentials);
        Assert.True(session.Right.HasEvent(IceEventKind.PathUsable));
        Assert.False(session.Right.HasEvent(IceEventKind.PathConfirmed));
        Assert.Equal(IceCandidateType.PeerReflexive, session.Right.Agent.SelectedPath.RemoteType);
        Assert.True(session.CanExchangeData());

        session.Left.SignalDescription();
        Assert.True(session.RunUntil(() => session.Right.HasEvent(IceEventKind.PathConfirmed), _connectLimit), session.Describe());
        Assert.NotNull(session.Right.Agent.RoundTripTime);
    }

    [Fact]
    public void Path_WhenConnected_KnowsItsRoundTripTime()
    {
        var session = new IceSession(8);
        session.Network.MinDelay = session.Network.MaxDelay = TimeSpan.FromMilliseconds(40);
        session.AddSockets();
        session.Negotiate();
        session.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(TimeSpan.FromMilliseconds(80), session.Left.Agent.RoundTripTime);
        Assert.Equal(TimeSpan.FromMilliseconds(80), session.Right.Agent.RoundTripTime);
    }

    [Fact]
    public void Remote_WithIceLite_IsControlledByUs()
    {
        var session = new IceSession(9, NatType.PortRestricted, NatType.None, IceRole.Controlled, IceRole.Controlled);
        session.AddSockets();
        session.Negotiate(rightIsLite: true);

        Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), session.Describe());
        session.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(IceRole.Controlling, session.Left.Agent.Role);
        Assert.True(session.CanExchangeData());
    }

    [Fact]
    public void Path_CutForTenSeconds_ComesBackByItself()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            IceSession session = Connect(seed, NatType.PortRestricted, NatType.PortRestricted);
            session.Network.Cut(session.LeftSite, session.RightSite);
            session.RunFor(TimeSpan.FromSeconds(10));
            Assert.True(session.Left.Agent.State == IceState.Disconnected, $"seed {seed}: {session.Describe()}");
            Assert.True(session.Right.Agent.State == IceState.Disconnected, $"seed {seed}: {session.Describe()}");
            Assert.True(session.Left.Agent.HasPath);

            session.Network.Restore();
            bool back = session.RunUntil(
                () => session.Left.Agent.State == IceState.Connected && session.Right.Agent.State == IceState.Connected,
                TimeSpan.FromSeconds(2));
            Assert.True(back, $"seed {seed}: {session.Describe()}");
            Assert.True(session.CanExchangeData());
        }
    }

    [Fact]
    public void Path_CutForGood_LosesConsentAndFails()
    {
        IceSession session = Connect(3, NatType.FullCone, NatType.FullCone);
        session.Network.Cut(session.LeftSite, session.RightSite);
        session.RunFor(TimeSpan.FromSeconds(36));

        Assert.True(session.Left.HasEvent(IceEventKind.ConsentLost));
        Assert.True(session.Right.HasEvent(IceEventKind.ConsentLost));
        Assert.False(session.Left.Agent.HasPath);
        Assert.Equal(IceState.Failed, session.Left.Agent.State);
        Assert.Equal(IceState.Failed, session.Right.Agent.State);

        session.RunFor(TimeSpan.FromSeconds(60));
        long sent = session.Network.Sent;
        session.RunFor(TimeSpan.FromSeconds(60));
        Assert.True(session.Network.Sent - sent <= 24, "only the STUN keepalives and their answers go on after consent is lost");
    }

    [Fact]
    public void Path_CutWithRelayLeft_MovesToTheRelayAndBack()
    {
        var session = new IceSession(4, NatType.PortRestricted, NatType.PortRestricted);
        session.AddSockets();
        session.Left.AddRelay(1, "198.51.100.20");
        session.Negotiate();
        Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit));
        session.RunFor(TimeSpan.FromSeconds(3));
        Assert.False(session.Left.Agent.SelectedPath.IsRelayed);

        session.Network.Cut(session.LeftSite, session.RightSite);
        bool relayed = session.RunUntil(
            () => session.Left.Agent.SelectedPath.IsRelayed && session.Left.Agent.State == IceState.Connected, TimeSpan.FromSeconds(20));

        Assert.True(relayed, session.Describe());
        session.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(session.CanExchangeData(), session.Describe());

        session.RunFor(TimeSpan.FromMinutes(1));
        session.Network.Restore();
        Assert.True(session.RunUntil(() => session.BothDirect, _retryLimit), session.Describe());
        Assert.True(session.CanExchangeData(), session.Describe());
    }

    [Theory]
    [InlineData(IceRole.Controlling, 0)]
    [InlineData(IceRole.Controlled, 0)]
    [InlineData(IceRole.Controlling, 60)]
    [InlineData(IceRole.Controlled, 60)]
    [InlineData(IceRole.Controlling, 600)]
    [InlineData(IceRole.Controlled, 600)]
    public void Path_ThatIsDirectOnlyLater_TakesOverFromTheRelay(IceRole roleOfRelayed, int secondsLater)
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            IceRole other = roleOfRelayed == IceRole.Controlling ? IceRole.Controlled : IceRole.Controlling;
            var session = new IceSession(seed, NatType.PortRestricted, NatType.FullCone, roleOfRelayed, other);
            session.AddSockets();
            session.Left.AddRelay(1, "198.51.100.20");
            session.Network.Cut(session.LeftSite, session.RightSite);
            session.Negotiate();
            Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), $"seed {seed}: {session.Describe()}");
            session.RunFor(TimeSpan.FromSeconds(secondsLater));
            Assert.False(session.BothDirect, $"seed {seed}: {session.Describe()}");

            session.Network.Restore();
            Assert.True(session.RunUntil(() => session.BothDirect, _retryLimit), $"seed {seed}: {session.Describe()}");
            Assert.True(session.CanExchangeData(), $"seed {seed}: {session.Describe()}");
        }
    }

    [Fact]
    public void Restart_WhileConnected_KeepsTheOldPathUntilTheNewOneWorks()
    {
        for (int seed = 1; seed <= 40; seed++)
        {
            IceSession session = Connect(seed, NatType.PortRestricted, NatType.FullCone);
            session.Network.Loss = 0.1;
            session.Left.Events.Clear();
            session.Left.Restart();
            Assert.True(session.Left.Agent.HasPath);
            session.Left.SignalDescription();
            session.Network.After(session.Left.SignalingDelay, () =>
            {
                session.Right.Restart();
                session.Right.SignalDescription();
            });

            bool through = session.RunUntil(
                () =>
                {
                    Assert.True(session.BothNominated, $"seed {seed}: a path is always there, {session.Describe()}");
                    return session.Left.HasEvent(IceEventKind.PathConfirmed) && session.Right.Agent.RemoteCredentials == session.Left.Agent.LocalCredentials;
                },
                _connectLimit);
            Assert.True(through, $"seed {seed}: {session.Describe()}");
            session.RunFor(TimeSpan.FromSeconds(15));
            Assert.True(session.BothNominated && session.CanExchangeData(), $"seed {seed}: {session.Describe()}");
            Assert.Equal(IceState.Connected, session.Left.Agent.State);
        }
    }

    [Fact]
    public void Restart_AfterAddressChange_FindsTheNewPath()
    {
        IceSession session = Connect(5, NatType.PortRestricted, NatType.FullCone);
        session.Left.RemoveSocket(0);
        Assert.False(session.Left.Agent.HasPath);
        session.Left.Restart();
        session.Left.AddSocket(2, "10.0.1.77", session.LeftSite, session.StunServer);
        session.Left.SignalDescription();
        session.Network.After(session.Left.SignalingDelay, () =>
        {
            session.Right.Restart();
            session.Right.SignalDescription();
        });

        Assert.True(session.RunUntil(() => session.Left.Agent.HasPath && session.CanExchangeData(1), _connectLimit), session.Describe());
        Assert.Equal(2, session.Left.Agent.SelectedPath.BaseId);
    }

    [Fact]
    public void Nat_Rebinding_IsFollowedWithoutRestart()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            IceSession session = Connect(seed, NatType.PortRestricted, NatType.FullCone);
            session.LeftSite.Nat!.Forget();
            session.RunFor(TimeSpan.FromSeconds(25));
            Assert.True(session.CanExchangeData(), $"seed {seed}: {session.Describe()}");
            Assert.True(session.Right.Agent.State == IceState.Connected, $"seed {seed}: {session.Describe()}");
        }
    }

    [Fact]
    public void Agents_OverIPv6Only_Connect()
    {
        var session = new IceSession(11);
        session.Left.AddSocket(0, "2001:db8::1", session.LeftSite);
        session.Left.AddSocket(1, "10.9.9.9", session.LeftSite);
        session.Right.AddSocket(0, "2001:db8:1::2", session.RightSite);
        session.Negotiate();

        Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), session.Describe());
        Assert.True(session.CanExchangeData());
        Assert.True(session.Left.Agent.SelectedPath.Remote.IsIPv6);
    }

    [Fact]
    public void IdleSession_ForTenMinutes_StaysConnectedOnConsentAlone()
    {
        IceSession session = Connect(12, NatType.Restricted, NatType.Restricted);
        long before = session.Left.ChecksReceived;
        session.RunFor(TimeSpan.FromMinutes(10));

        Assert.Equal(IceState.Connected, session.Left.Agent.State);
        // About 120 requests of the peer and 120 answers to ours.
        Assert.InRange(session.Left.ChecksReceived - before, 200, 320);
    }

    private static IceSession Connect(int seed, NatType left, NatType right)
    {
        var session = new IceSession(seed, left, right);
        session.AddSockets();
        session.Negotiate();
        Assert.True(session.RunUntil(() => session.BothNominated, _connectLimit), $"seed {seed}: {session.Describe()}");
        session.RunFor(TimeSpan.FromSeconds(5));
        return session;
    }

    private static bool StunSuffices(NatType left, NatType right) =>
        !((left == NatType.Symmetric && right is NatType.Symmetric or NatType.PortRestricted)
            || (right == NatType.Symmetric && left is NatType.Symmetric or NatType.PortRestricted));
}
