using Microsoft.Net.Http.Headers;
using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite.Music;

/// <summary>A piece of sound with Range support, so that a player can seek.</summary>
internal static class MusicEndpoints
{
    private static readonly Lazy<byte[]> Chimes = new(ChimeWave.Compose);

    internal static void MapMusic(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/listen", () => Page.Show("listen", "Listen"));
        routes.MapGet("/listen/chimes.wav", () => Results.Bytes(
            Chimes.Value, "audio/wav", enableRangeProcessing: true, entityTag: new EntityTagHeaderValue("\"chimes-1\"")));
    }
}
