using Microsoft.AspNetCore.Http.Features;
using PeerProxy.SampleSite.Art;
using PeerProxy.SampleSite.Files;
using PeerProxy.SampleSite.Guestbook;
using PeerProxy.SampleSite.Lab;
using PeerProxy.SampleSite.Live;
using PeerProxy.SampleSite.Members;
using PeerProxy.SampleSite.Music;
using PeerProxy.SampleSite.Site;

namespace PeerProxy.SampleSite;

/// <summary>
/// Tideline, the demo site: an ordinary web application that knows nothing of PeerProxy. Everything it shows is made by its own code when asked,
/// so it needs no files, no database and no other server.
/// </summary>
public static class SampleSiteApp
{
    /// <summary>Largest upload the site takes, in bytes. Uploads are hashed while they arrive and never kept.</summary>
    private const long MaxUploadBytes = 4L << 30;

    /// <summary>Open streams end at once when the site stops; nothing else takes longer than this.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Builds the site; the caller runs it.</summary>
    /// <param name="args">Command line configuration, such as <c>--urls http://127.0.0.1:5090</c>.</param>
    /// <param name="configure">Last word on the builder, for hosts that embed the site and for tests.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(SampleSiteApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxUploadBytes);
        builder.Services.Configure<FormOptions>(form => form.MultipartBodyLengthLimit = MaxUploadBytes);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton<SiteCounters>();
        builder.Services.AddSingleton<GuestbookEntries>();
        builder.Services.AddSingleton<ChatRoom>();
        builder.Services.AddSingleton<MemberSessions>();
        builder.Services.AddSingleton<LabActivity>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseWebSockets();
        app.UseMiddleware<CountRequests>();
        app.MapSite();
        app.MapArt();
        app.MapGuestbook();
        app.MapLive();
        app.MapFiles();
        app.MapMusic();
        app.MapMembers();
        app.MapLab();
        app.MapGet("/health", () => Results.Text("ok"));
        return app;
    }
}
