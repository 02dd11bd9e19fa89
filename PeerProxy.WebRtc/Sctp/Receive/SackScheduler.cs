namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>Decides when a SACK goes (RFC 9260 section 6.2, RFC 7053), with the rhythm that suits the sender at the other end.</summary>
/// <remarks>
/// Browsers' senders grow their window per SACK, so a SACK per packet doubles their rate per round trip, one per two packets only adds half.
/// While holes exist, the dcsctp sender counts every gap-carrying SACK that acknowledges something new as one more vote for a hole being lost, also
/// after it was retransmitted. So there only the first few carry gaps; then they do so at intervals, and gap-less SACKs keep its clock running.
/// </remarks>
internal sealed class SackScheduler
{
    /// <summary>Longest wait of a SACK for company: well under any retransmission timeout, and short against what a delayed one costs the sender's growth.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>Below this rate a SACK per packet costs nothing that matters.</summary>
    private const double SackEveryPacketBelow = 20_000_000 / 8.0;

    /// <summary>SACKs with gaps that make the peer retransmit.</summary>
    private const int GapReportsToTrigger = 3;

    private static readonly TimeSpan MinGapReportInterval = TimeSpan.FromMilliseconds(10);

    private int _packetsSinceSack;
    private int _gapReports;
    private long _lowestHoleReported;
    private Timestamp _lastGapReport;

    /// <summary>The peer's sender is dcsctp: thin out gap reports.</summary>
    public bool ThinGapReports { get; set; }

    /// <summary>A SACK should go with the next packet.</summary>
    public bool IsDue { get; private set; }

    /// <summary>When a SACK that waits goes anyway.</summary>
    public Timestamp Deadline { get; private set; } = Timestamp.Never;

    /// <summary>Something is unacknowledged, so that a packet that goes anyway may carry a SACK.</summary>
    public bool IsWanted => _packetsSinceSack > 0 || IsDue;

    /// <summary>A packet with DATA was taken in.</summary>
    /// <param name="immediate">The I-bit was set, a duplicate came, or it was the first DATA.</param>
    /// <param name="rate">Receive rate in bytes per second, 0 while it still grows.</param>
    public void OnPacket(bool immediate, bool hasGaps, double rate, Timestamp now)
    {
        _packetsSinceSack++;
        int packetsPerSack = hasGaps && !ThinGapReports ? 1 : rate > SackEveryPacketBelow ? 2 : 1;
        if (immediate || _packetsSinceSack >= packetsPerSack)
        {
            IsDue = true;
        }
        else
        {
            Deadline = Timestamp.Min(Deadline, now + MaxDelay);
        }
    }

    /// <summary>The peer must learn the state now: its window opened, or its data was refused.</summary>
    public void Force() => IsDue = true;

    /// <summary>Whether the SACK about to be written carries its gap blocks.</summary>
    public bool ShouldReportGaps(long lowestHole, TimeSpan roundTripTime, Timestamp now)
    {
        if (!ThinGapReports)
        {
            return true;
        }

        if (lowestHole != _lowestHoleReported)
        {
            _lowestHoleReported = lowestHole;
            _gapReports = 0;
        }

        TimeSpan interval = roundTripTime / 4;
        if (_gapReports >= GapReportsToTrigger && now - _lastGapReport < (interval > MinGapReportInterval ? interval : MinGapReportInterval))
        {
            return false;
        }

        _gapReports++;
        _lastGapReport = now;
        return true;
    }

    public void OnTimeout(Timestamp now)
    {
        if (Deadline <= now)
        {
            Deadline = Timestamp.Never;
            IsDue = _packetsSinceSack > 0 || IsDue;
        }
    }

    public void OnSent()
    {
        IsDue = false;
        _packetsSinceSack = 0;
        Deadline = Timestamp.Never;
    }
}
