using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using PeerProxy.Signaling.Limits;
using PeerProxy.Signaling.Telemetry;

namespace PeerProxy.Signaling.Upgrades;

/// <summary>The HTTP server's TCP transport, which keeps the WebSockets of this node for itself.</summary>
/// <remarks>Other kinds of end points, such as Unix sockets, are left to the transports that were registered before.</remarks>
internal sealed class SignalingTransport(
    UpgradeShortcut shortcut, NodeLimits limits, SignalingMetrics metrics, TimeProvider time, IOptions<SocketTransportOptions> options,
    ILogger<SignalingListener> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new SignalingListener(endpoint, shortcut, limits, metrics, time, options.Value, logger));
}
