using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Unhealthy while the node drains, so that load balancers send nobody here.</summary>
internal sealed class DrainHealthCheck(DrainState drain) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.IsDraining ? HealthCheckResult.Unhealthy("The node is leaving.") : HealthCheckResult.Healthy());
}
