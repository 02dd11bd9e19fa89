namespace PeerProxy.WebRtc;

/// <summary>An instant of a monotonic clock with an arbitrary origin, in ticks of 100 ns.</summary>
/// <remarks>
/// The core never reads a clock: every call that can depend on time takes a <see cref="Timestamp"/>. The driver in
/// <c>Hosting</c> derives it from <see cref="TimeProvider"/>; a simulation counts it up by hand.
/// </remarks>
public readonly record struct Timestamp(long Ticks) : IComparable<Timestamp>
{
    /// <summary>Later than every other instant: the deadline of something that waits for no time.</summary>
    public static readonly Timestamp Never = new(long.MaxValue);

    public static Timestamp Min(Timestamp left, Timestamp right) => left.Ticks <= right.Ticks ? left : right;

    public static Timestamp Max(Timestamp left, Timestamp right) => left.Ticks >= right.Ticks ? left : right;

    /// <summary>Adding to <see cref="Never"/>, or past it, stays <see cref="Never"/>.</summary>
    public static Timestamp operator +(Timestamp left, TimeSpan right) =>
        left.Ticks >= long.MaxValue - Math.Max(0, right.Ticks) ? Never : new(left.Ticks + right.Ticks);

    public static Timestamp operator -(Timestamp left, TimeSpan right) => left == Never ? Never : new(left.Ticks - right.Ticks);

    public static TimeSpan operator -(Timestamp left, Timestamp right) => new(left.Ticks - right.Ticks);

    public static bool operator <(Timestamp left, Timestamp right) => left.Ticks < right.Ticks;

    public static bool operator >(Timestamp left, Timestamp right) => left.Ticks > right.Ticks;

    public static bool operator <=(Timestamp left, Timestamp right) => left.Ticks <= right.Ticks;

    public static bool operator >=(Timestamp left, Timestamp right) => left.Ticks >= right.Ticks;

    public int CompareTo(Timestamp other) => Ticks.CompareTo(other.Ticks);

    public override string ToString() => this == Never ? "never" : $"{Ticks / 10_000.0:0.000} ms";
}
