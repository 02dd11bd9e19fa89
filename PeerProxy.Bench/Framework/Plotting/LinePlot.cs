using System.Globalization;
using System.Text;

namespace PeerProxy.Bench.Framework.Plotting;

/// <summary>Lines over a numeric axis.</summary>
public sealed class LinePlot(string name, string title, string xLabel, string yLabel, IReadOnlyList<PlotLine> lines) : Plot(name, title)
{
    protected override void DrawInto(StringBuilder svg)
    {
        var points = lines.SelectMany(line => line.Points).ToList();
        var maximumX = points.Count == 0 ? 1 : Math.Max(points.Max(point => point.X), double.Epsilon);
        var maximumY = points.Count == 0 ? 1 : Math.Max(points.Max(point => point.Y), double.Epsilon) * 1.05;
        DrawYAxis(svg, maximumY, yLabel);
        var step = GridStep(maximumX);
        for (var value = 0.0; value <= maximumX * 1.0001; value += step)
        {
            Text(svg, X(value, maximumX), Height - Bottom + 16, value.ToString("0.###", CultureInfo.InvariantCulture), "middle");
        }

        Text(svg, Left + InnerWidth / 2, Height - 14, xLabel, "middle");
        for (var index = 0; index < lines.Count; index++)
        {
            DrawLine(svg, lines[index], Colour(index), maximumX, maximumY);
            Line(svg, Left + 12, Top + 6 + index * 16, Left + 32, Top + 6 + index * 16, Colour(index), 2.5);
            Text(svg, Left + 38, Top + 10 + index * 16, lines[index].Name, "start");
        }
    }

    private void DrawLine(StringBuilder svg, PlotLine line, string colour, double maximumX, double maximumY)
    {
        var path = string.Join(' ', line.Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X, maximumX):0.#},{Y(point.Y, maximumY):0.#}")));
        if (line.IsScatter)
        {
            foreach (var (x, y) in line.Points)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(x, maximumX):0.#}\" cy=\"{Y(y, maximumY):0.#}\" r=\"1.6\" fill=\"{colour}\" fill-opacity=\"0.6\"/>\n");
            }
        }
        else
        {
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
        }
    }

    private static double X(double value, double maximum) => Left + value / maximum * InnerWidth;

    private double Y(double value, double maximum) => Height - Bottom - value / maximum * InnerHeight;
}

/// <summary>One line, or a cloud of dots, of a <see cref="LinePlot"/>.</summary>
public sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points, bool IsScatter = false);
