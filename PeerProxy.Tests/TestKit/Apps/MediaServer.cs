using System.Diagnostics;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>http-server from npm over a folder with large media: directory listings, ranges, compression, caching.</summary>
public static class MediaServer
{
    /// <summary>Length of <c>large.bin</c>, whose bytes are those of <see cref="LabBytes"/> with seed 77.</summary>
    public const long LargeBytes = 64L << 20;

    public const int LargeSeed = 77;

    /// <summary>Seconds of <c>concert.wav</c> (26 MB).</summary>
    public const int ConcertSeconds = 300;

    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            var media = Directory.CreateDirectory(Path.Combine(folder, "media")).FullName;
            File.WriteAllBytes(Path.Combine(media, "concert.wav"), LabMedia.Wav(ConcertSeconds));
            using (var large = File.Create(Path.Combine(media, "large.bin")))
            {
                var buffer = new byte[1 << 20];
                for (long offset = 0; offset < LargeBytes; offset += buffer.Length)
                {
                    LabBytes.Fill(buffer, LargeSeed, offset);
                    large.Write(buffer);
                }
            }

            File.WriteAllText(Path.Combine(folder, "player.html"), """
                <!doctype html><title>Player</title><audio id="audio" controls src="media/concert.wav"></audio><a id="list" href="media/">all media</a>
                """);
            return new ProcessStartInfo(AppFolder.Command("http-server")) { ArgumentList = { folder, "-a", "127.0.0.1", "-p", $"{port}", "--silent" } };
        });
    }
}
