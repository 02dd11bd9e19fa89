using System.Buffers;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>An SCTP association in a simulation: collects events, keeps a stream of messages flowing, checks invariants after each event.</summary>
public sealed class SctpPeer(SctpOptions options, int seed) : ISimulatedPeer
{
    public SctpAssociation Association { get; } = new(options, new SeededRandom(seed));

    public List<(ushort StreamId, uint PayloadProtocol, byte[] Data)> Messages { get; } = [];

    public List<SctpEvent> Events { get; } = [];

    /// <summary>Keep message bytes; off for long runs that only count.</summary>
    public bool KeepMessages { get; set; } = true;

    /// <summary>Give received bytes back at once; off plays a reader that is stuck.</summary>
    public bool ReleaseAtOnce { get; set; } = true;

    public int Unreleased { get; private set; }

    public long BytesReceived { get; private set; }

    public long MessagesReceived { get; private set; }

    /// <summary>Called after each drain, to send more.</summary>
    public Action<Timestamp>? Application { get; set; }

    /// <summary>When the application has something to do by itself.</summary>
    public Func<Timestamp> Wake { get; set; } = () => Timestamp.Never;

    public Timestamp NextDeadline => Timestamp.Min(Association.NextDeadline, Wake());

    public SctpCloseReason? CloseReason { get; private set; }

    public void Handle(ReadOnlySpan<byte> packet, Timestamp now) => Association.Handle(packet, now);

    public void HandleTimeout(Timestamp now) => Association.HandleTimeout(now);

    public bool TryPollPacket(Timestamp now, Span<byte> destination, out int written) => Association.TryPollPacket(now, destination, out written);

    public bool Send(ushort streamId, ReadOnlySpan<byte> message, Timestamp now, SctpSendOptions options = default) =>
        Association.TrySend(streamId, 53, message, options, now);

    public void Release(Timestamp now)
    {
        Association.ReleaseReceived(Unreleased, now);
        Unreleased = 0;
    }

    public void AfterDrain(Timestamp now)
    {
        Application?.Invoke(now);
        while (Association.TryPollEvent(out SctpEvent e))
        {
            if (e.Kind == SctpEventKind.Message)
            {
                Take(e, now);
                continue;
            }

            Events.Add(e);
            if (e.Kind == SctpEventKind.Closed)
            {
                CloseReason = e.CloseReason;
            }
        }

        SctpInvariants.Check(Association, now);
    }

    private void Take(in SctpEvent e, Timestamp now)
    {
        BytesReceived += e.Length;
        MessagesReceived++;
        if (KeepMessages)
        {
            Messages.Add((e.StreamId, e.PayloadProtocol, e.Data.ToArray()));
        }

        using IMemoryOwner<byte>? payload = e.Payload;
        Unreleased += e.WindowBytes;
        if (ReleaseAtOnce)
        {
            Release(now);
        }
    }
}
