using System.Net.WebSockets;
using PeerProxy.Signaling.Connections;
using PeerProxy.Signaling.Telemetry;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Leaves without a gap: asks every socket to move, goes on serving while they do, and closes what is left.</summary>
/// <remarks>Runs before any other service stops, hence while the server still answers, and new sockets are refused.</remarks>
internal sealed class DrainService(
    DrainState drain, ConnectionTable connections, SignalingEndpoint endpoint, SignalingOptions options, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    // Time for the last messages and close frames to leave before the server cuts connections; sockets that answer end it early.
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(2);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        SignalingLog.Draining(logger, connections.Count);
        foreach (var connection in connections.All)
        {
            drain.Tell(connection);
        }
        var started = time.GetTimestamp();
        try
        {
            while (connections.Count > 0)
            {
                var waited = time.GetElapsedTime(started);
                if (waited >= options.DrainTimeout || (waited >= options.VisitorDrainTimeout && connections.AgentCount == 0))
                {
                    break;
                }
                await Task.Delay(PollInterval, time, cancellationToken).ConfigureAwait(false);
            }
            foreach (var connection in connections.All)
            {
                connection.Close(WebSocketCloseStatus.EndpointUnavailable, "the node stops");
            }
            var closing = time.GetTimestamp();
            while (connections.Count > 0 && time.GetElapsedTime(closing) < CloseGrace)
            {
                await Task.Delay(PollInterval, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host's own patience ended: cut what is left.
        }
        foreach (var connection in connections.All)
        {
            connection.Abort(CutOffReason.Stopping);
        }
        // What a socket leaves behind needs the registry, which stops next.
        while (endpoint.Served > 0 && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(PollInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
