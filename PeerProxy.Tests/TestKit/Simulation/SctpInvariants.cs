using System.Runtime.CompilerServices;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>What must hold for an association after every event.</summary>
public static class SctpInvariants
{
    /// <summary>Summing the ring after every event would make long runs quadratic; the cheap checks run always.</summary>
    private const int FullCheckEvery = 97;

    private static readonly ConditionalWeakTable<SctpAssociation, Memory> Seen = [];

    public static void Check(SctpAssociation association, Timestamp now)
    {
        Memory memory = Seen.GetOrCreateValue(association);
        DataSender sender = association.Sender;
        if (!ReferenceEquals(memory.Sender, sender))
        {
            memory.Sender = sender;
            memory.AckedTsn = sender.Ring.CumulativeTsn;
        }

        Require(sender.Ring.CumulativeTsn >= memory.AckedTsn, "the acknowledged TSN went back");
        memory.AckedTsn = sender.Ring.CumulativeTsn;
        if (!ReferenceEquals(memory.Receiver, association.Receiver))
        {
            memory.Receiver = association.Receiver;
            memory.ReceivedTsn = association.Receiver?.CumulativeTsn ?? 0;
        }

        if (association.Receiver is { } receiver)
        {
            Require(receiver.CumulativeTsn >= memory.ReceivedTsn, "the received TSN went back");
            Require(receiver.HeldBytes >= 0, "held bytes are negative");
            memory.ReceivedTsn = receiver.CumulativeTsn;
        }

        Require(association.NextDeadline == Timestamp.Never || association.NextDeadline - now < TimeSpan.FromSeconds(601), "a timer is set absurdly far");
        Require(association.QueuedBytes >= 0, "queued bytes are negative");
        Require(sender.Pacer.QuantumBytes <= Pacer.MaxBurstPackets * (double)association.MaxPacketSize, "the pacing quantum is above 16 packets");
        if (++memory.Checks % FullCheckEvery == 0)
        {
            CheckRing(sender.Ring);
        }
    }

    private static void CheckRing(InFlightRing ring)
    {
        long bytes = 0;
        long payload = 0;
        int inFlight = 0;
        int lost = 0;
        for (long tsn = ring.CumulativeTsn + 1; tsn < ring.NextTsn; tsn++)
        {
            ref InFlightChunk chunk = ref ring[tsn];
            if (chunk.Fate == ChunkFate.InFlight)
            {
                bytes += chunk.WireLength;
                inFlight++;
            }

            lost += chunk.Fate == ChunkFate.Lost ? 1 : 0;
            payload += chunk.Fate is ChunkFate.InFlight or ChunkFate.Lost ? chunk.PayloadLength : 0;
        }

        Require(bytes == ring.BytesInFlight, $"bytes in flight are {bytes}, counted {ring.BytesInFlight}");
        Require(payload == ring.UnacknowledgedPayload, $"unacknowledged payload is {payload}, counted {ring.UnacknowledgedPayload}");
        Require(inFlight == ring.InFlightCount && lost == ring.LostCount, "chunk counts are off");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException("invariant broken: " + message);
        }
    }

    private sealed class Memory
    {
        public DataSender? Sender { get; set; }

        public object? Receiver { get; set; }

        public long AckedTsn { get; set; }

        public long ReceivedTsn { get; set; }

        public long Checks { get; set; }
    }
}
