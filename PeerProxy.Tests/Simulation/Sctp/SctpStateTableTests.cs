using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.Simulation.Sctp;

/// <summary>RFC 9260 section 4 and 9: what each chunk, with the right tag, does in each state.</summary>
[Trait("Category", "Simulation")]
public sealed class SctpStateTableTests
{
    private static readonly SctpState[] States =
    [
        SctpState.Closed, SctpState.CookieWait, SctpState.CookieEchoed, SctpState.Established, SctpState.ShutdownPending,
        SctpState.ShutdownSent, SctpState.ShutdownReceived, SctpState.ShutdownAckSent, SctpState.Ended,
    ];

    private static readonly ChunkType[] Chunks =
    [
        ChunkType.Init, ChunkType.InitAck, ChunkType.Sack, ChunkType.Heartbeat, ChunkType.HeartbeatAck, ChunkType.Abort, ChunkType.Shutdown, ChunkType.ShutdownAck,
        ChunkType.Error, ChunkType.CookieEcho, ChunkType.CookieAck, ChunkType.ShutdownComplete, ChunkType.IData, ChunkType.ReConfig, ChunkType.Pad, ChunkType.IForwardTsn,
    ];

    public static TheoryData<SctpState, int> Cases()
    {
        var cases = new TheoryData<SctpState, int>();
        foreach (SctpState state in States)
        {
            foreach (ChunkType chunk in Chunks)
            {
                cases.Add(state, (int)chunk);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Chunk_InState_LeadsWhereTheTableSays(SctpState state, int chunk)
    {
        var type = (ChunkType)chunk;
        SctpAssociation association = Reach(state, out SctpScenario scenario);
        Assert.Equal(state, association.State);
        uint tag = type == ChunkType.Init ? 0 : association.LocalTag;
        association.Handle(SctpPackets.Make(tag, type, flags: type == ChunkType.IData ? (byte)3 : (byte)0, new byte[32]), scenario.Now);
        Assert.Equal(Expected(state, type), association.State);
    }

    private static SctpState Expected(SctpState state, ChunkType chunk) => (state, chunk) switch
    {
        (SctpState.Ended, _) => SctpState.Ended,
        (_, ChunkType.Abort) => SctpState.Ended,
        (SctpState.CookieEchoed, ChunkType.CookieAck) => SctpState.Established,

        // Nothing of ours is outstanding in the Established case, so the SHUTDOWN-ACK follows at once.
        (SctpState.Established, ChunkType.Shutdown) => SctpState.ShutdownAckSent,
        (SctpState.ShutdownPending, ChunkType.Shutdown) => SctpState.ShutdownReceived,
        (SctpState.ShutdownSent, ChunkType.Shutdown) => SctpState.ShutdownAckSent,
        (SctpState.ShutdownSent, ChunkType.ShutdownAck) => SctpState.Ended,
        (SctpState.ShutdownAckSent, ChunkType.ShutdownAck) => SctpState.Ended,
        (SctpState.ShutdownAckSent, ChunkType.ShutdownComplete) => SctpState.Ended,
        _ => state,
    };

    private static SctpAssociation Reach(SctpState state, out SctpScenario scenario)
    {
        scenario = new SctpScenario();
        SctpAssociation left = scenario.Left.Association;
        if (state == SctpState.Closed)
        {
            return left;
        }

        scenario.Network.ToRight.Filter = packet =>
            (state == SctpState.CookieWait && SctpPackets.Has(packet, ChunkType.Init))
            || (state == SctpState.CookieEchoed && SctpPackets.Has(packet, ChunkType.CookieEcho))
            || SctpPackets.Has(packet, ChunkType.Shutdown)
            || SctpPackets.Has(packet, ChunkType.ShutdownAck)
            || SctpPackets.Has(packet, ChunkType.IData);
        left.Connect(scenario.Now);
        scenario.Network.Run(TimeSpan.FromMilliseconds(100));
        if (state is SctpState.ShutdownPending or SctpState.ShutdownReceived)
        {
            scenario.Left.Send(1, new byte[1000], scenario.Now);
        }

        if (state is SctpState.ShutdownPending or SctpState.ShutdownSent)
        {
            left.Shutdown(scenario.Now);
        }

        if (state is SctpState.ShutdownReceived or SctpState.ShutdownAckSent)
        {
            scenario.Right.Association.Shutdown(scenario.Now);
        }

        if (state == SctpState.Ended)
        {
            left.Abort(scenario.Now, "test");
        }

        scenario.Network.Run(TimeSpan.FromMilliseconds(30));
        return left;
    }
}
