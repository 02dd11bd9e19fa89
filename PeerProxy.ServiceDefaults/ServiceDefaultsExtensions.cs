using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PeerProxy.ServiceDefaults;

/// <summary>
/// What every PeerProxy web service starts with. A program that needs only a part takes the part:
/// <see cref="TelemetryExtensions.AddTelemetry{TBuilder}"/>, <see cref="HealthEndpoints.AddDefaultHealthChecks{TBuilder}"/> or
/// <see cref="AddOutgoingHttpDefaults{TBuilder}"/>.
/// </summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Log levels, telemetry, health checks, and resilience and discovery for outgoing HTTP. Pair it with <see cref="HealthEndpoints.MapDefaultEndpoints"/>.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder =>
        builder.AddLogLevelDefaults().AddTelemetry().AddDefaultHealthChecks().AddOutgoingHttpDefaults();

    /// <summary>Every <c>HttpClient</c> of the factory retries, times out and breaks circuits, and resolves logical names such as <c>http://signaling</c>.</summary>
    public static TBuilder AddOutgoingHttpDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        return builder;
    }
}
