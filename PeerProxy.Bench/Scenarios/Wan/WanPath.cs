using System.Globalization;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>One emulated path between agent and browser.</summary>
/// <param name="RoundTripMs">Both ways together, in milliseconds.</param>
/// <param name="Megabits">Rate of the bottleneck in both directions, in Mbit/s; 0: no limit.</param>
/// <param name="LossPercent">Random loss of the direction that carries the bodies.</param>
/// <param name="QueueMs">Length of the drop-tail queue before the bottleneck, in milliseconds at its rate.</param>
internal sealed record WanPath(int RoundTripMs, int Megabits, double LossPercent, int QueueMs = 100)
{
    /// <summary>The words of <c>netlab set</c> for the agent's link: <c>up</c> is the direction from agent to browser.</summary>
    public string Link(bool isUpload) => string.Create(
        CultureInfo.InvariantCulture,
        $"rtt={RoundTripMs} rate={Megabits} queue={(Megabits == 0 ? "4m" : $"{QueueMs}ms")} up.loss={(isUpload ? 0 : LossPercent)} down.loss={(isUpload ? LossPercent : 0)}");

    /// <summary>All combinations of the round trips, rates and losses of the goals.</summary>
    public static IEnumerable<WanPath> Grid =>
        from roundTrip in new[] { 20, 50, 100, 200 }
        from rate in new[] { 50, 100 }
        from loss in new[] { 0, 0.1, 1, 2 }
        select new WanPath(roundTrip, rate, loss);

    /// <summary>A part of the grid that takes two minutes.</summary>
    public static IEnumerable<WanPath> QuickGrid => [new(50, 50, 0), new(50, 50, 1), new(200, 100, 1)];

    /// <summary>The paths of a run: those of the environment variable PEERPROXY_BENCH_PATHS (such as <c>50,50,1 200,100,0.1</c>: ms, Mbit/s, %), else the grid.</summary>
    public static IReadOnlyList<WanPath> Chosen(bool isQuick) =>
        Environment.GetEnvironmentVariable("PEERPROXY_BENCH_PATHS") is { Length: > 0 } words
            ? [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse)]
            : [.. isQuick ? QuickGrid : Grid];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RoundTripMs} ms, {Megabits} Mbit/s, {LossPercent} %");

    private static WanPath Parse(string word)
    {
        var parts = word.Split(',').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return new WanPath((int)parts[0], (int)parts[1], parts[2]);
    }
}
