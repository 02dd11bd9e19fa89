namespace PeerProxy.WebRtc.Sctp;

/// <summary>A snapshot of an association's counters and estimates.</summary>
public readonly record struct SctpStatistics
{
    /// <summary>Congestion window in bytes.</summary>
    public long CongestionWindow { get; init; }

    /// <summary>Sent, neither acknowledged nor deemed lost, in bytes.</summary>
    public long BytesInFlight { get; init; }

    /// <summary>Pacing rate in bytes per second.</summary>
    public double PacingRate { get; init; }

    /// <summary>Measured delivery rate in bytes per second.</summary>
    public double DeliveryRate { get; init; }

    public TimeSpan SmoothedRoundTripTime { get; init; }

    public TimeSpan MinimumRoundTripTime { get; init; }

    public TimeSpan RetransmissionTimeout { get; init; }

    /// <summary>Receive window the peer last advertised, in bytes.</summary>
    public long PeerReceiveWindow { get; init; }

    /// <summary>Receive window we advertise now, in bytes.</summary>
    public long LocalReceiveWindow { get; init; }

    /// <summary>Received bytes not yet released by the user, incl. partial messages.</summary>
    public long HeldReceiveBytes { get; init; }

    public int MaxPacketSize { get; init; }

    public long PacketsSent { get; init; }

    public long PacketsReceived { get; init; }

    public long PacketsDiscarded { get; init; }

    public long DataChunksSent { get; init; }

    public long DataBytesSent { get; init; }

    public long ChunksRetransmitted { get; init; }

    public long ChunksLost { get; init; }

    /// <summary>Losses taken back because the original arrived after all.</summary>
    public long SpuriousRetransmits { get; init; }

    public long RetransmissionTimeouts { get; init; }

    public long TailProbes { get; init; }

    public long DataBytesReceived { get; init; }

    public long DuplicatesReceived { get; init; }

    public long DataChunksReceived { get; init; }

    /// <summary>How often a chunk came with something missing right before it.</summary>
    public long HolesReceived { get; init; }

    /// <summary>The round trip time grew so lately that the peer's data must wait in a queue.</summary>
    public bool IsReceivePathQueued { get; init; }

    public long SacksSent { get; init; }

    public long SacksReceived { get; init; }

    /// <summary>Name and phase of the congestion control.</summary>
    public string CongestionState { get; init; }
}
