using Microsoft.Extensions.Diagnostics.HealthChecks;
using PeerProxy.Signaling.Registry;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Degraded while the registry is away: agents of this node stay reachable here, others do not, and no new name can be claimed.</summary>
internal sealed class RegistryHealthCheck(IPeerRegistry registry) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(registry.IsAvailable
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("The registry cannot be reached; only agents of this node can be."));
}
