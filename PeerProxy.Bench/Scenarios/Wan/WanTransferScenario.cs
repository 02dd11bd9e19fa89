using System.Globalization;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Framework.Plotting;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>One large body over each path of a grid, the whole stack and TCP taking turns on the same links.</summary>
internal abstract class WanTransferScenario(string name, string description) : IScenario
{
    /// <summary>Body of a transfer; one that takes longer than <see cref="Limit"/> is judged by what came until then.</summary>
    protected const long Bytes = 50_000_000;

    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public string Name => name;

    public string Description => description;

    public async Task RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var paths = WanPath.Chosen(context.IsQuick);
        var rounds = context.Repeats(3, 1);
        var withTunnel = UsesTunnel && ReverseTunnel.Missing.Length == 0;
        if (UsesTunnel && !withTunnel)
        {
            context.Results.Note($"No reverse tunnel beside it: {ReverseTunnel.Missing} not installed.");
        }

        await using var bed = await WanBed.StartAsync(withTunnel);
        for (var i = 0; i < paths.Count * rounds; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = paths[i / rounds];
            context.Report(i, paths.Count * rounds, path.ToString());
            await MeasureAsync(bed, path, context.Results);
        }

        foreach (var path in paths)
        {
            Judge(path, context.Results);
        }

        foreach (var rate in paths.Select(path => path.Megabits).Distinct())
        {
            var series = context.Results.Series.Where(series => paths.Any(path => path.Megabits == rate && series.Name.StartsWith(Series(path, ""), StringComparison.Ordinal)));
            context.Results.Draw(new BarPlot(string.Create(CultureInfo.InvariantCulture, $"{rate}-megabits"), $"{Description.Split(',')[0]}, {rate} Mbit/s", "Mbit/s", [.. series]));
        }
    }

    protected virtual bool UsesTunnel => false;

    protected abstract Task MeasureAsync(WanBed bed, WanPath path, ScenarioResults results);

    protected abstract void Judge(WanPath path, ScenarioResults results);

    protected static string Series(WanPath path, string way) => $"{path}, {way}";
}
