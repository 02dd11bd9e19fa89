using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace PeerProxy.ServiceDefaults;

/// <summary>OpenTelemetry for every PeerProxy program: logs, metrics and traces, exported only where somebody listens.</summary>
public static class TelemetryExtensions
{
    /// <summary>Each project has one <c>ActivitySource</c> and one <c>Meter</c> named after itself, so one pattern covers them all.</summary>
    public const string SourcePattern = "PeerProxy.*";

    /// <summary>The environment variable (and configuration key) that switches exporting on; it holds the collector's URL.</summary>
    public const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Adds logs, metrics and traces. Suits a console tool as well as a web service: no HTTP endpoint, no resilience, no discovery.
    /// Nothing is collected or sent unless <see cref="EndpointKey"/> is set.
    /// </summary>
    public static TBuilder AddTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddTelemetry(builder.Configuration, builder.Environment.ApplicationName);
        return builder;
    }

    /// <summary>The same for programs that have a service collection but no host builder.</summary>
    /// <param name="services">Where the providers are registered; they stop with the container.</param>
    /// <param name="configuration">Read for <see cref="EndpointKey"/> and the other <c>OTEL_*</c> keys.</param>
    /// <param name="serviceName">The <c>service.name</c> of everything sent, unless <c>OTEL_SERVICE_NAME</c> says otherwise.</param>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration, string serviceName)
    {
        if (string.IsNullOrWhiteSpace(configuration[EndpointKey]))
        {
            return services;
        }

        services.AddLogging(logging => logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.IncludeScopes = true;
        }));
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(configuration["OTEL_SERVICE_NAME"] ?? serviceName))
            .WithMetrics(metrics => metrics
                .AddMeter(SourcePattern)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(tracing => tracing
                .AddSource(SourcePattern)
                .AddSource("Yarp.ReverseProxy")
                .AddAspNetCoreInstrumentation(options =>
                    // Health probes come every few seconds and say nothing about a visitor's request.
                    options.Filter = context => !HealthEndpoints.IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
        return services;
    }
}
