using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Whether the node is leaving, and what it tells its sockets.</summary>
internal sealed class DrainState(SignalingOptions options)
{
    private volatile bool _isDraining;

    public bool IsDraining => _isDraining;

    public void Begin() => _isDraining = true;

    public void Tell(SignalingConnection connection) => connection.Send(new DrainPayload((int)Math.Ceiling(options.DrainTimeout.TotalSeconds)));
}
