using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace PeerProxy.ServiceDefaults;

/// <summary>
/// The two health endpoints of every service: <c>/health</c> (ready for traffic: all checks) and <c>/alive</c> (the process responds: checks tagged
/// <see cref="LiveTag"/>). Both answer a short JSON object that names each check, so an operator sees what is wrong without a log.
/// </summary>
public static class HealthEndpoints
{
    /// <summary>Path of the readiness endpoint: 200 when healthy or degraded, 503 when not.</summary>
    public const string ReadyPath = "/health";

    /// <summary>Path of the liveness endpoint: answers as long as the process does.</summary>
    public const string AlivePath = "/alive";

    /// <summary>The tag of checks that decide about liveness; without it a check decides about readiness only.</summary>
    public const string LiveTag = "live";

    /// <summary>Registers the health check service with the check that the process itself answers.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        return builder;
    }

    /// <summary>Maps <see cref="ReadyPath"/> and <see cref="AlivePath"/>.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(ReadyPath, new HealthCheckOptions { ResponseWriter = WriteReportAsync });
        app.MapHealthChecks(AlivePath, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(LiveTag),
            ResponseWriter = WriteReportAsync,
        });
        return app;
    }

    /// <summary>Whether a request path is one of the two endpoints.</summary>
    public static bool IsProbe(PathString path) =>
        path.Equals(ReadyPath, StringComparison.Ordinal) || path.Equals(AlivePath, StringComparison.Ordinal);

    private static Task WriteReportAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsJsonAsync(
            new HealthSummary(
                report.Status.ToString(),
                report.Entries.ToDictionary(
                    entry => entry.Key,
                    entry => new HealthSummaryEntry(entry.Value.Status.ToString(), entry.Value.Description))),
            HealthSummaryJson.Default.HealthSummary,
            cancellationToken: context.RequestAborted);
}
