namespace PeerProxy.Bench.Framework;

/// <summary>One measured quantity with all its raw samples, in the order in which they were taken.</summary>
public sealed class Series(string name, string unit)
{
    private readonly List<double> _samples = [];

    public string Name => name;

    /// <summary>Of each sample, such as <c>MB/s</c> (10^6 bytes) or <c>ms</c>.</summary>
    public string Unit => unit;

    public IReadOnlyList<double> Samples => _samples;

    public double Median => Quantile(0.5);

    public double P10 => Quantile(0.1);

    public double P90 => Quantile(0.9);

    public void Add(double sample) => _samples.Add(sample);

    /// <summary>Linear between neighbours; not a number while there are no samples.</summary>
    /// <param name="q">0 to 1.</param>
    public double Quantile(double q)
    {
        if (_samples.Count == 0)
        {
            return double.NaN;
        }

        var sorted = _samples.Order().ToArray();
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
