using System.Globalization;
using System.Security;
using System.Text;

namespace PeerProxy.Bench.Framework.Plotting;

/// <summary>A chart that writes itself as SVG.</summary>
public abstract class Plot(string name, string title)
{
    protected const double Width = 720;
    protected const double Left = 64;
    protected const double Right = 20;
    protected const double Top = 44;
    protected const double Bottom = 52;

    private static readonly string[] _colours = ["#1668b0", "#c8553d", "#5b8c5a", "#8e6c8a", "#c9a227", "#4f6d7a", "#a44a3f", "#2e4057"];

    /// <summary>The file's name after the scenario's: lower case, hyphens.</summary>
    public string Name => name;

    public string Title => title;

    protected virtual double Height => 360;

    protected static double InnerWidth => Width - Left - Right;

    protected double InnerHeight => Height - Top - Bottom;

    public string ToSvg()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" rx=\"8\" fill=\"#ffffff\"/>\n");
        Text(svg, Left, 22, title, "start", size: 15);
        DrawInto(svg);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    protected abstract void DrawInto(StringBuilder svg);

    protected static string Colour(int index) => _colours[index % _colours.Length];

    protected static void Text(StringBuilder svg, double x, double y, string text, string anchor, int size = 12) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"#222222\">{SecurityElement.Escape(text)}</text>\n");

    protected static void Line(StringBuilder svg, double x1, double y1, double x2, double y2, string colour, double width = 1) =>
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" stroke=\"{colour}\" stroke-width=\"{width:0.#}\"/>\n");

    /// <summary>The distance of grid lines for a span: 1, 2 or 5 times a power of ten, about five of them.</summary>
    protected static double GridStep(double span)
    {
        var raw = Math.Max(span, double.Epsilon) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        return power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }

    /// <summary>Horizontal grid with its numbers from 0 to <paramref name="maximum"/>.</summary>
    protected void DrawYAxis(StringBuilder svg, double maximum, string label)
    {
        var step = GridStep(maximum);
        for (var value = 0.0; value <= maximum * 1.0001; value += step)
        {
            var y = Height - Bottom - value / maximum * InnerHeight;
            Line(svg, Left, y, Width - Right, y, value == 0 ? "#444444" : "#dddddd");
            Text(svg, Left - 6, y + 4, value.ToString("0.###", CultureInfo.InvariantCulture), "end");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(16 {Top + InnerHeight / 2:0.#}) rotate(-90)\" text-anchor=\"middle\" fill=\"#222222\">{SecurityElement.Escape(label)}</text>\n");
    }
}
