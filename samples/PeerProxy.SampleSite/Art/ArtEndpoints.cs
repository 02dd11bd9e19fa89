using System.Collections.Concurrent;
using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite.Art;

/// <summary>The gallery: pictures drawn when asked for, each with a stable URL and a long cache life.</summary>
internal static class ArtEndpoints
{
    /// <summary>Pictures have numbers below this, so the cache of drawn bitmaps stays small (about 25 MB at most).</summary>
    private const int MaxSeed = 1000;

    private const int MaxCachedPictures = 64;

    private static readonly ConcurrentDictionary<int, byte[]> Pictures = new();

    internal static void MapArt(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/gallery", () => Page.Show("gallery", "Gallery", ("pictures", new Markup(Figures()))));
        routes.MapGet("/art/{seed:int}.svg", (HttpContext context, int seed) =>
        {
            CacheForADay(context);
            return Results.Text(Landscape.Draw(seed), "image/svg+xml");
        });
        routes.MapGet("/art/{seed:int:range(0,999)}.png", (HttpContext context, int seed) =>
        {
            CacheForADay(context);
            return Results.Bytes(PictureOf(seed % MaxSeed), "image/png");
        });
    }

    private static string Figures()
    {
        var figures = Enumerable.Range(1, 24).Select(seed => seed % 3 == 0
            ? $"<figure><img loading=\"eager\" src=\"/art/{seed}.png\" width=\"480\" height=\"320\" alt=\"Ripples {seed}\"><figcaption>Ripples {seed}, PNG</figcaption></figure>"
            : $"<figure><img loading=\"eager\" src=\"/art/{seed}.svg\" width=\"800\" height=\"500\" alt=\"Coast {seed}\"><figcaption>Coast {seed}, SVG</figcaption></figure>");
        return string.Join('\n', figures);
    }

    private static byte[] PictureOf(int seed)
    {
        if (Pictures.Count >= MaxCachedPictures)
        {
            Pictures.Clear();
        }

        return Pictures.GetOrAdd(seed, s => Png.Encode(RipplePicture.Draw(s), RipplePicture.Width, RipplePicture.Height));
    }

    private static void CacheForADay(HttpContext context) => context.Response.Headers.CacheControl = "public, max-age=86400";
}
