namespace PeerProxy.SampleSite.Art;

/// <summary>Interfering ripples as a bitmap: RGB rows, three bytes per pixel, drawn from a seed.</summary>
internal static class RipplePicture
{
    internal const int Width = 480;
    internal const int Height = 320;

    internal static byte[] Draw(int seed)
    {
        var random = new Random(seed);
        var sources = Enumerable.Range(0, 4)
            .Select(_ => (X: random.NextDouble() * Width, Y: random.NextDouble() * Height, Length: 14 + (random.NextDouble() * 30)))
            .ToArray();
        var hue = random.NextDouble();
        var pixels = new byte[Width * Height * 3];
        var at = 0;
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var sum = 0.0;
                foreach (var source in sources)
                {
                    var distance = Math.Sqrt(((x - source.X) * (x - source.X)) + ((y - source.Y) * (y - source.Y)));
                    sum += Math.Cos(distance / source.Length * 2) / (1 + (distance / 300));
                }

                // A cosine palette: three channels out of phase give soft colours for any value.
                for (var channel = 0; channel < 3; channel++)
                {
                    var wave = Math.Cos(Math.Tau * ((sum * 0.22) + hue + (channel * 0.12)));
                    pixels[at++] = (byte)(128 + (112 * wave));
                }
            }
        }

        return pixels;
    }
}
