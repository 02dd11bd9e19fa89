namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>The round trip time of the path without a queue: the least one seen, and whether it is time to look again.</summary>
internal struct PathFloor
{
    /// <summary>How long a minimum is believed without being met again.</summary>
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(10);

    /// <summary>Rounds in succession of which each, at its shortest, took <see cref="LongRoundTrip"/> times the minimum: the path is another one by now, or others' queues stay.
    /// In flight are at most two of what the old path held, so our own queue adds less.</summary>
    private const int MostLongRounds = 4;

    private const int LongRoundTrip = 3;

    /// <summary>On short paths a processor that is busy explains as much.</summary>
    private static readonly TimeSpan _leastLongDelay = TimeSpan.FromMilliseconds(50);

    private Timestamp _metAt;
    private int _longRounds;

    /// <summary>Zero before the first round trip.</summary>
    public TimeSpan Value { get; private set; }

    /// <summary>The value is known to hold now.</summary>
    public void Set(TimeSpan value, Timestamp now)
    {
        Value = value;
        Confirm(now);
    }

    /// <summary>The path was met as short as ever.</summary>
    public void Confirm(Timestamp now)
    {
        _metAt = now;
        _longRounds = 0;
    }

    /// <summary>Takes a sample that is a minimum.</summary>
    public bool TryLower(TimeSpan sample, Timestamp now)
    {
        if (sample <= TimeSpan.Zero || (Value > TimeSpan.Zero && sample > Value))
        {
            return false;
        }

        Set(sample, now);
        return true;
    }

    /// <summary>A round is over.</summary>
    /// <param name="minimum">Its shortest round trip; <see cref="TimeSpan.MaxValue"/> without any.</param>
    public void OnRound(TimeSpan minimum) =>
        _longRounds = minimum != TimeSpan.MaxValue && minimum > Value * LongRoundTrip && minimum > Value + _leastLongDelay ? _longRounds + 1 : 0;

    /// <summary>The value is old, or no longer explains what is seen.</summary>
    public readonly bool IsDoubtful(Timestamp now) => now - _metAt > _window || _longRounds >= MostLongRounds;
}
