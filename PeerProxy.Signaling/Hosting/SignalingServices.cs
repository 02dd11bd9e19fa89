using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Registry;
using PeerProxy.Signaling.Routing;
using PeerProxy.Signaling.Telemetry;
using PeerProxy.Signaling.Turn;
using PeerProxy.Signaling.Upgrades;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Binds the configuration once and registers the services of a node.</summary>
internal static class SignalingServices
{
    /// <summary>Name of the Redis connection string; without it the node is alone and keeps its registry in memory.</summary>
    public const string RedisConnectionName = "redis";

    // Beyond the drain: the time Kestrel and Redis need to stop.
    private static readonly TimeSpan ShutdownReserve = TimeSpan.FromSeconds(5);

    public static void AddSignaling(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var options = builder.Configuration.GetSection("Signaling").Get<SignalingOptions>() ?? new SignalingOptions();
        var limits = builder.Configuration.GetSection("Signaling:Limits").Get<NodeLimits>() ?? new NodeLimits();
        var turn = builder.Configuration.GetSection("Turn").Get<TurnOptions>() ?? new TurnOptions();
        options.Validate();
        limits.Validate();
        turn.Validate();

        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + ShutdownReserve);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(limits);
        services.AddSingleton(turn);

        services.AddRegistry(builder.Configuration.GetConnectionString(RedisConnectionName));
        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<MessageRouter>();
        services.AddSingleton<AgentRegistrar>();
        services.AddSingleton<MessageHandler>();
        services.AddSingleton<AddressLimiter>();
        services.AddSingleton<TurnCredentialIssuer>();
        services.AddSingleton<SignalingMetrics>();
        services.AddSingleton<SignalingEndpoint>();
        services.AddSingleton(new TrustedProxies(options));
        services.AddSingleton<UpgradeShortcut>();
        // The server asks the last one first.
        services.AddSingleton<IConnectionListenerFactory, SignalingTransport>();
        services.AddSingleton<DrainState>();
        services.AddHostedService<LeaseKeeper>();
        services.AddHostedService<ConnectionMonitor>();
        services.AddHostedService<DrainService>();
        services.AddHealthChecks().AddCheck<RegistryHealthCheck>("registry").AddCheck<DrainHealthCheck>("drain");
    }

    private static void AddRegistry(this IServiceCollection services, string? redis)
    {
        if (string.IsNullOrWhiteSpace(redis))
        {
            services.AddSingleton<IPeerRegistry, InMemoryPeerRegistry>();
            services.AddSingleton<INodeBus, LoneNodeBus>();
            return;
        }
        services.AddSingleton(provider => new RedisConnection(redis, provider.GetRequiredService<ILogger<RedisConnection>>()));
        services.AddSingleton<IPeerRegistry, RedisPeerRegistry>();
        services.AddSingleton<INodeBus, RedisNodeBus>();
    }
}
