namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>What one SACK, or a loss timer, told about the path.</summary>
internal readonly record struct AckSample
{
    public Timestamp Now { get; init; }

    /// <summary>Wire bytes newly acknowledged.</summary>
    public long AckedBytes { get; init; }

    /// <summary>Wire bytes newly deemed lost.</summary>
    public long LostBytes { get; init; }

    /// <summary>Wire bytes, of these or of earlier losses, that an <see cref="Outage"/> took: no sign of congestion.</summary>
    public long OutageBytes { get; init; }

    /// <summary>These losses are the first of their window: a window-based control backs off once for all of them.</summary>
    public bool IsRecoveryStart { get; init; }

    public bool IsInRecovery { get; init; }

    /// <summary>Wire bytes in flight before and after.</summary>
    public long PriorInFlight { get; init; }

    public long InFlight { get; init; }

    /// <summary>Delivery rate in bytes per second; 0 when the SACK gave no sample.</summary>
    public double DeliveryRate { get; init; }

    public bool IsAppLimited { get; init; }

    /// <summary>Round trip time of the newest acknowledged original; zero when there was none.</summary>
    public TimeSpan RoundTripTime { get; init; }

    public TimeSpan SmoothedRoundTripTime { get; init; }

    public TimeSpan MinimumRoundTripTime { get; init; }

    /// <summary>Bytes delivered so far, and when the newest acknowledged chunk was sent: a round ends when the second reaches the first of its start.</summary>
    public long Delivered { get; init; }

    public long PriorDelivered { get; init; }

    /// <summary>The peer had more holes to report than fit in its SACK.</summary>
    public bool IsReportTruncated { get; init; }

    /// <summary>The window, not the application or the peer, held us back.</summary>
    public bool IsWindowLimited { get; init; }
}

/// <summary>Decides how much may be in flight and how fast it goes out.</summary>
internal interface ICongestionControl
{
    /// <summary>Wire bytes allowed in flight.</summary>
    long CongestionWindow { get; }

    /// <summary>Bytes per second; infinity: as the window allows.</summary>
    double PacingRate { get; }

    /// <summary>Best estimate of the path's rate in bytes per second; 0 while unknown.</summary>
    double DeliveryRate { get; }

    /// <summary>The window is there to let our own queue drain: what it held back must not follow at once when it opens.</summary>
    bool KeepsQueueShort => false;

    /// <summary>Name and phase, for people.</summary>
    string Description { get; }

    void OnAck(in AckSample sample);

    /// <summary>The retransmission timeout fired.</summary>
    void OnTimeout(Timestamp now, long inFlight);

    /// <summary>The packet size changed.</summary>
    void OnPacketSize(int bytes);

    /// <summary>The round trip time is known before any data went (from ICE).</summary>
    void OnPathRoundTripTime(TimeSpan roundTripTime, Timestamp now);
}
