using PeerProxy.Bench.Framework.Plotting;

namespace PeerProxy.Bench.Framework;

/// <summary>What a scenario measured: series with raw samples, comparisons, plots and remarks.</summary>
public sealed class ScenarioResults(string scenario)
{
    private readonly Dictionary<string, Series> _series = [];
    private readonly List<Comparison> _comparisons = [];
    private readonly List<Plot> _plots = [];
    private readonly List<string> _notes = [];

    public string Scenario => scenario;

    /// <summary>In the order of their first sample.</summary>
    public IReadOnlyCollection<Series> Series => _series.Values;

    public IReadOnlyList<Comparison> Comparisons => _comparisons;

    public IReadOnlyList<Plot> Plots => _plots;

    public IReadOnlyList<string> Notes => _notes;

    public Series this[string name] => _series[name];

    public void Add(string series, string unit, double sample)
    {
        if (!_series.TryGetValue(series, out var existing))
        {
            _series[series] = existing = new Series(series, unit);
        }

        existing.Add(sample);
    }

    /// <summary>Median over median, as <c>ours / peer</c>; left out when one of the two has no samples.</summary>
    public void Compare(string ours, string peer, double? atLeast = null, double? atMost = null)
    {
        if (_series.TryGetValue(ours, out var left) && _series.TryGetValue(peer, out var right))
        {
            _comparisons.Add(new Comparison($"{ours} / {peer}", left.Median / right.Median, atLeast, atMost, "x"));
        }
    }

    /// <summary>A figure with a goal of its own.</summary>
    public void Judge(string name, double value, string unit, double? atLeast = null, double? atMost = null) =>
        _comparisons.Add(new Comparison(name, value, atLeast, atMost, unit));

    public void Draw(Plot plot) => _plots.Add(plot);

    public void Note(string text) => _notes.Add(text);
}
