using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PeerProxy.Bench.Peers.LibWebRtc;
using PeerProxy.Tests.TestKit.Targets;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>The target of the measurements over emulated links, a process of its own: bodies of any length down, a sink for bodies up.</summary>
internal static class WanSite
{
    /// <summary>First command-line word that makes this program be the site.</summary>
    public const string Name = "wan-site";

    /// <summary>Path of the page with the browser's end of a raw data channel.</summary>
    public const string RawPage = "/raw-channel";

    private const int BlockBytes = 64 * 1024;

    public static Command CreateCommand()
    {
        var url = new Argument<string>("url");
        var command = new Command(Name, "The target of measurements over emulated links.") { url };
        command.Hidden = true;
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(url)));
        return command;
    }

    private static async Task RunAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
        });
        builder.WebHost.UseUrls(url);
        await using var app = builder.Build();

        // Noise, so that nothing on the way can make it smaller.
        var block = new byte[BlockBytes];
        new Random(1).NextBytes(block);
        app.MapGet("/", () => Results.Content("<!doctype html><title>bench</title><h1>bench</h1>", "text/html"));
        app.MapGet(RawPage, () => Results.Content(File.ReadAllText(LibWebRtcPeer.PagePath), "text/html"));
        app.MapGet("/bytes/{count:long}", async (HttpContext context, long count) =>
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = count;
            context.Response.Headers.CacheControl = "no-store";
            for (var rest = count; rest > 0; rest -= BlockBytes)
            {
                await context.Response.Body.WriteAsync(block.AsMemory(0, (int)Math.Min(rest, BlockBytes)), context.RequestAborted);
            }
        });
        Album.Map(app);
        var sunk = 0L;
        app.MapPut("/sink", async (HttpContext context) =>
        {
            var buffer = new byte[BlockBytes];
            var total = 0L;
            Volatile.Write(ref sunk, 0);
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                Volatile.Write(ref sunk, total += read);
            }

            return Results.Text(total.ToString(System.Globalization.CultureInfo.InvariantCulture));
        });
        app.MapGet("/sunk", () => Results.Text(Volatile.Read(ref sunk).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await app.RunAsync();
    }
}
