using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Turn;

namespace PeerProxy.Signaling.Connections;

/// <summary>Walks over all sockets once a second, in place of a timer per socket: deadlines, pings, renewal of TURN credentials.</summary>
internal sealed class ConnectionMonitor(
    ConnectionTable connections, TurnCredentialIssuer turn, AddressLimiter addresses, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Addresses are forgotten for memory's sake only, so once a minute is enough.
    private const int TicksPerAddressSweep = 60;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var ticks = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                Tick();
                if (++ticks % TicksPerAddressSweep == 0)
                {
                    addresses.Sweep();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private void Tick()
    {
        var now = time.GetTimestamp();
        foreach (var connection in connections.All)
        {
            if (connection.Tick(now, turn.RenewAfter))
            {
                connection.MarkServersIssued();
                connection.Send(turn.Issue(connection.PublicId));
            }
        }
    }
}
