using System.Globalization;
using System.Text;

namespace PeerProxy.Bench.Framework.Plotting;

/// <summary>One row per series: a bar for its median, with a whisker from p10 to p90. Series whose names end alike (after the last comma) have one colour.</summary>
public sealed class BarPlot(string name, string title, string unit, IReadOnlyList<Series> series) : Plot(name, title)
{
    private const double RowHeight = 20;
    private const double BarHeight = 12;
    private const double ValueWidth = 56;

    /// <summary>Of a letter of the labels, about.</summary>
    private const double LetterWidth = 6.1;

    protected override double Height => Top + series.Count * RowHeight + Bottom;

    /// <summary>Room for the longest name, but not more than the half.</summary>
    private double LabelsEnd => Math.Min(16 + LetterWidth * series.Max(one => one.Name.Length), Width / 2);

    protected override void DrawInto(StringBuilder svg)
    {
        if (series.Count == 0)
        {
            return;
        }

        var maximum = Math.Max(series.Max(one => Math.Max(one.P90, one.Median)), double.Epsilon) * 1.02;
        double X(double value) => LabelsEnd + value / maximum * (Width - Right - ValueWidth - LabelsEnd);
        var bottom = Height - Bottom + 4;
        var step = GridStep(maximum);
        for (var value = 0.0; value <= maximum; value += step)
        {
            Line(svg, X(value), Top - 6, X(value), bottom, value == 0 ? "#444444" : "#dddddd");
            Text(svg, X(value), bottom + 16, value.ToString("0.###", CultureInfo.InvariantCulture), "middle");
        }

        Text(svg, X(maximum / 2), bottom + 34, unit, "middle");
        var kinds = series.Select(one => KindOf(one.Name)).Distinct().ToList();
        for (var index = 0; index < series.Count; index++)
        {
            var one = series[index];
            var middle = Top + (index + 0.5) * RowHeight;
            var colour = Colour(kinds.Count < series.Count ? kinds.IndexOf(KindOf(one.Name)) : index);
            Text(svg, LabelsEnd - 6, middle + 4, one.Name, "end", size: 11);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{X(0):0.#}\" y=\"{middle - BarHeight / 2:0.#}\" width=\"{X(one.Median) - X(0):0.#}\" height=\"{BarHeight}\" fill=\"{colour}\"/>\n");
            Line(svg, X(one.P10), middle, X(one.P90), middle, "#222222", 1.5);
            Text(svg, X(Math.Max(one.P90, one.Median)) + 5, middle + 4, one.Median.ToString(one.Median < 100 ? "0.##" : "0", CultureInfo.InvariantCulture), "start", size: 11);
        }
    }

    private static string KindOf(string series) => series[(series.LastIndexOf(',') + 1)..].Trim();
}
