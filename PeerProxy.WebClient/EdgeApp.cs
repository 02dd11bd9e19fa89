using PeerProxy.ServiceDefaults;
using PeerProxy.WebClient.Hosting;

namespace PeerProxy.WebClient;

/// <summary>
/// The edge as one web application: the browser client (shell, workers, runtime) for every <c>{peer}.{domain}</c>, the signaling nodes behind
/// <c>/.peerproxy/signal</c>, and a landing page on the domain itself. It never sees a site's traffic.
/// </summary>
public static class EdgeApp
{
    /// <summary>Builds the application; the caller runs it. Configuration: <see cref="EdgeOptions"/> and <see cref="SignalingRoute"/>.</summary>
    /// <param name="args">Command line configuration, such as <c>--urls http://127.0.0.1:5080</c> or <c>--Edge:Domain peerproxy.dev</c>.</param>
    /// <param name="configure">Last word on the builder, for hosts that embed the edge and for tests.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(EdgeApp).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        configure?.Invoke(builder);

        builder.AddServiceDefaults();
        builder.AddEdgeLimits();
        builder.AddClientFiles();
        builder.AddSignalingRoute();

        var app = builder.Build();
        if (!app.Environment.IsDevelopment())
        {
            app.UseHsts();
        }

        app.UseMiddleware<EdgeRequests>();
        app.MapDefaultEndpoints();
        app.MapReverseProxy();
        return app;
    }
}
