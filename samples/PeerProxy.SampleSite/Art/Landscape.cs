using System.Globalization;
using System.Text;

namespace PeerProxy.SampleSite.Art;

/// <summary>Draws an evening coast as SVG: sky, sun and layers of hills. The seed decides everything, so a picture has a stable URL.</summary>
internal static class Landscape
{
    private const int Width = 800;
    private const int Height = 500;
    private const int Layers = 6;

    // Sky top, sky bottom, sun, farthest hill, nearest hill.
    private static readonly string[][] Palettes =
    [
        ["#f7d9b0", "#f2a488", "#fff2d8", "#d98d80", "#3b2a44"],
        ["#bfe3dd", "#f5e6c4", "#fffbe8", "#8fc1b5", "#164a4b"],
        ["#c9d8f0", "#f0c9cf", "#fff5f0", "#a5a8cf", "#2b2f5b"],
        ["#f3e7c9", "#e7b45f", "#fff7dd", "#c98f4e", "#4b2a1c"],
        ["#20304f", "#6d5a86", "#f6e3c5", "#5b4d78", "#0e1526"],
    ];

    internal static string Draw(int seed)
    {
        var random = new Random(seed);
        var palette = Palettes[random.Next(Palettes.Length)];
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" preserveAspectRatio="xMidYMid slice">
            <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{palette[0]}"/><stop offset="1" stop-color="{palette[1]}"/></linearGradient></defs>
            <rect width="{Width}" height="{Height}" fill="url(#sky)"/>
            <circle cx="{random.Next(150, 650)}" cy="{random.Next(110, 230)}" r="{random.Next(34, 70)}" fill="{palette[2]}"/>

            """);
        for (var layer = 0; layer < Layers; layer++)
        {
            var depth = layer / (Layers - 1.0);
            var baseline = Height * (0.42 + (0.48 * depth));
            svg.Append(CultureInfo.InvariantCulture, $"<path fill=\"{Blend(palette[3], palette[4], depth)}\" d=\"M0 {Height}");
            AppendRidge(svg, random, baseline, amplitude: 26 + (30 * (1 - depth)));
            svg.Append(CultureInfo.InvariantCulture, $" L{Width} {Height} Z\"/>\n");
        }

        return svg.Append("</svg>").ToString();
    }

    private static void AppendRidge(StringBuilder svg, Random random, double baseline, double amplitude)
    {
        var phases = Enumerable.Range(0, 4).Select(_ => random.NextDouble() * Math.Tau).ToArray();
        var speed = 0.5 + random.NextDouble();
        for (var x = 0; x <= Width; x += 10)
        {
            var t = x / (double)Width * Math.Tau;
            var y = baseline;
            for (var octave = 0; octave < phases.Length; octave++)
            {
                y += amplitude / (1 << octave) * Math.Sin((t * speed * (1 << octave)) + phases[octave]);
            }

            svg.Append(CultureInfo.InvariantCulture, $" L{x} {y:0.0}");
        }
    }

    private static string Blend(string from, string to, double share)
    {
        int Channel(int at) => (int)Math.Round(
            (Convert.ToInt32(from.Substring(at, 2), 16) * (1 - share)) + (Convert.ToInt32(to.Substring(at, 2), 16) * share));
        return $"#{Channel(1):x2}{Channel(3):x2}{Channel(5):x2}";
    }
}
