using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.Tests.Simulation.Ice;

/// <summary>Two hosts, a network and a STUN server, run in virtual time.</summary>
internal sealed class IceSession
{
    public IceSession(
        int seed,
        NatType leftNat = NatType.None,
        NatType rightNat = NatType.None,
        IceRole leftRole = IceRole.Controlling,
        IceRole rightRole = IceRole.Controlled)
    {
        Network = new SimulatedNetwork(seed);
        LeftSite = Network.AddSite(leftNat, "203.0.113.1");
        RightSite = Network.AddSite(rightNat, "203.0.113.2");
        Left = new IceHost(Network, "left", leftRole, seed * 2);
        Right = new IceHost(Network, "right", rightRole, (seed * 2) + 1) { Peer = Left };
        Left.Peer = Right;
        TransportAddress.TryParse("198.51.100.10", 3478, out TransportAddress stun);
        StunServer = stun;
        Network.Bind(stun, null, Answer);
    }

    public SimulatedNetwork Network { get; }

    public SimulatedNetwork.Site LeftSite { get; }

    public SimulatedNetwork.Site RightSite { get; }

    public IceHost Left { get; }

    public IceHost Right { get; }

    public TransportAddress StunServer { get; }

    public bool BothNominated => Left.Agent.HasPath && Right.Agent.HasPath;

    public bool BothDirect => BothNominated && !Left.Agent.SelectedPath.IsRelayed && !Right.Agent.SelectedPath.IsRelayed;

    public void AddSockets()
    {
        Left.AddSocket(0, "10.0.1.2", LeftSite, StunServer);
        Right.AddSocket(0, "10.0.2.2", RightSite, StunServer);
    }

    /// <summary>Left offers, right answers as soon as it has the offer.</summary>
    public void Negotiate(bool leftIsLite = false, bool rightIsLite = false)
    {
        Left.SignalDescription(leftIsLite);
        Network.After(Left.SignalingDelay, () => Right.SignalDescription(rightIsLite));
    }

    public void RunFor(TimeSpan duration) => RunUntil(static () => false, duration);

    /// <summary>Runs until the condition holds; false when the time passed first.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        Timestamp end = Network.Now + limit;
        while (!condition())
        {
            Timestamp next = Timestamp.Min(Network.NextDelivery, Timestamp.Min(Left.Deadline, Right.Deadline));
            if (next > end)
            {
                Network.AdvanceTo(end);
                return condition();
            }

            Network.AdvanceTo(next);
            Left.HandleTimeout();
            Right.HandleTimeout();
        }

        return true;
    }

    /// <summary>True when a datagram each way gets through on the selected paths (several tries, for loss).</summary>
    public bool CanExchangeData(int tries = 50)
    {
        int left = Left.DataReceived;
        int right = Right.DataReceived;
        for (int i = 0; i < tries && (Left.DataReceived == left || Right.DataReceived == right); i++)
        {
            Left.SendData();
            Right.SendData();
            RunFor(Network.MaxDelay + TimeSpan.FromMilliseconds(10));
        }

        return Left.DataReceived > left && Right.DataReceived > right;
    }

    public string Describe() =>
        $"left {Left.Agent.State} {Left.Agent.Role} {Left.Agent.SelectedPath}, right {Right.Agent.State} {Right.Agent.Role} {Right.Agent.SelectedPath}";

    private void Answer(byte[] datagram, TransportAddress source)
    {
        if (StunMessageReader.TryParse(datagram, out StunMessageReader request) && request.Class == StunClass.Request)
        {
            Span<byte> response = stackalloc byte[128];
            var writer = new StunMessageWriter(response, StunClass.SuccessResponse, StunMethod.Binding, request.TransactionId);
            writer.AddXorAddress(StunAttributeType.XorMappedAddress, source);
            writer.AddFingerprint();
            Network.Send(StunServer, source, response[..writer.Length]);
        }
    }
}
