using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>Two associations on a plain 20 ms path, for named cases.</summary>
public sealed class SctpScenario
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public SctpScenario(SctpOptions? left = null, SctpOptions? right = null, LinkSettings? link = null, int seed = 1)
    {
        Left = new SctpPeer(left ?? new SctpOptions(), seed + 100);
        Right = new SctpPeer(right ?? new SctpOptions(), seed + 200);
        LinkSettings settings = link ?? new LinkSettings { Delay = TimeSpan.FromMilliseconds(10) };
        Network = new SimulatedNetwork(Left, Right, settings, settings, seed);
    }

    public SctpPeer Left { get; }

    public SctpPeer Right { get; }

    public SimulatedNetwork Network { get; }

    public Timestamp Now => Network.Now;

    public bool BothAre(SctpState state) => Left.Association.State == state && Right.Association.State == state;

    public SctpScenario Connected()
    {
        Left.Association.Connect(Now);
        Assert.True(Network.RunUntil(() => BothAre(SctpState.Established), Limit));
        return this;
    }

    /// <summary>Sends a message from left to right and waits for it.</summary>
    public void AssertDelivers(int length = 5000)
    {
        int before = Right.Messages.Count;
        byte[] message = new byte[length];
        Random.Shared.NextBytes(message);
        Assert.True(Left.Send(3, message, Now));
        Assert.True(Network.RunUntil(() => Right.Messages.Count > before, Limit), $"{Left.Association.State} {Right.Association.State}");
        Assert.True(Right.Messages[before].Data.AsSpan().SequenceEqual(message));
    }
}
