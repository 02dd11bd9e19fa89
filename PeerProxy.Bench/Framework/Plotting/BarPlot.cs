using System.Globalization;
using System.Text;

namespace PeerProxy.Bench.Framework.Plotting;

/// <summary>One bar per series: its median, with a whisker from p10 to p90.</summary>
public sealed class BarPlot(string name, string title, string unit, IReadOnlyList<Series> series) : Plot(name, title)
{
    protected override void DrawInto(StringBuilder svg)
    {
        var maximum = series.Count == 0 ? 1 : Math.Max(series.Max(one => one.P90), double.Epsilon) * 1.1;
        DrawYAxis(svg, maximum, unit);
        var slot = InnerWidth / Math.Max(series.Count, 1);
        for (var index = 0; index < series.Count; index++)
        {
            var one = series[index];
            var middle = Left + (index + 0.5) * slot;
            var width = Math.Min(slot * 0.6, 90);
            var top = Y(one.Median, maximum);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{middle - width / 2:0.#}\" y=\"{top:0.#}\" width=\"{width:0.#}\" height=\"{Height - Bottom - top:0.#}\" fill=\"{Colour(index)}\"/>\n");
            Line(svg, middle, Y(one.P10, maximum), middle, Y(one.P90, maximum), "#222222", 1.5);
            Text(svg, middle + width / 2 + 3, top + 4, one.Median.ToString("0.##", CultureInfo.InvariantCulture), "start", size: 11);
            Text(svg, middle, Height - Bottom + 16 + index % 2 * 14, one.Name, "middle", size: 11);
        }
    }

    private static double Y(double value, double maximum) => Height - Bottom - value / maximum * InnerHeight;
}
