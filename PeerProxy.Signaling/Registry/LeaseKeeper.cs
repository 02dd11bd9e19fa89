using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Hosting;
using PeerProxy.Signaling.Routing;
using PeerProxy.Signaling.Telemetry;

namespace PeerProxy.Signaling.Registry;

/// <summary>The node's heartbeat: listens on the node's route, refreshes all leases three times per lease, and at once when the store is back.</summary>
internal sealed class LeaseKeeper(
    NodeIdentity node, ConnectionTable connections, IPeerRegistry registry, INodeBus bus, MessageRouter router, SignalingOptions options,
    TimeProvider time, ILogger<LeaseKeeper> logger) : BackgroundService
{
    // How soon a node that started without the store finds out that it is there.
    private static readonly TimeSpan AbsentInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _wake = new(0, 1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        registry.Restored += Wake;
        await bus.ListenAsync(node.Route, router.Receive, cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        registry.Restored -= Wake;
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await WaitAsync(registry.IsAvailable ? options.Lease / 3 : AbsentInterval, stoppingToken).ConfigureAwait(false);
                await RefreshAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops; each closing socket releases its own registration.
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var registrations = new List<PeerRegistration>(connections.AgentCount);
        foreach (var agent in connections.Agents)
        {
            if (agent.Registration is { } registration)
            {
                registrations.Add(registration);
            }
        }
        foreach (var lost in await registry.RefreshAsync(registrations, cancellationToken).ConfigureAwait(false))
        {
            if (connections.FindAgent(lost.Id) is { } agent && agent.Id == lost.Connection)
            {
                SignalingLog.LostToAnother(logger, lost.Id.Value, agent.Id);
                connections.RemoveAgent(lost.Id, agent);
                MessageRouter.Supersede(agent);
            }
        }
    }

    private async Task WaitAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = Task.Delay(interval, time, either.Token);
        var woken = _wake.WaitAsync(either.Token);
        await Task.WhenAny(timer, woken).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }
}
