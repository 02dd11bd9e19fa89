using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>TiddlyWiki from npm: the whole application is one page of script that saves by PUT.</summary>
public static class TiddlyWiki
{
    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            File.WriteAllText(Path.Combine(folder, "tiddlywiki.info"), """
                { "plugins": ["tiddlywiki/tiddlyweb", "tiddlywiki/filesystem"], "themes": ["tiddlywiki/vanilla", "tiddlywiki/snowwhite"] }
                """);
            return new ProcessStartInfo(AppFolder.Command("tiddlywiki")) { ArgumentList = { folder, "--listen", "host=127.0.0.1", $"port={port}" } };
        });
    }
}
