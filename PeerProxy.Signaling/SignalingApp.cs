using PeerProxy.Protocol.Signaling;
using PeerProxy.ServiceDefaults;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Hosting;

namespace PeerProxy.Signaling;

/// <summary>Builds a signaling node; several may run in one process.</summary>
public static class SignalingApp
{
    /// <param name="args">Command line, read as configuration.</param>
    /// <param name="configure">Changes settings and services before the node is built.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(SignalingApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseSockets(sockets =>
        {
            // What is done with a message takes microseconds and never blocks, so handing it from thread to thread is most of its time.
            sockets.UnsafePreferInlineScheduling = true;
            // One message of the largest size: a client that sends faster waits.
            sockets.MaxReadBufferSize = SignalingLimits.MaxMessageBytes;
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // Probed every second; what they find is logged where it happens.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        builder.AddSignaling();

        var app = builder.Build();
        if (app.Services.GetRequiredService<TrustedProxies>() is { Any: true } proxies)
        {
            app.UseForwardedHeaders(proxies.ToOptions());
        }
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        app.MapDefaultEndpoints();
        app.Map(SignalingEndpoint.Path, app.Services.GetRequiredService<SignalingEndpoint>().HandleAsync);
        return app;
    }
}
