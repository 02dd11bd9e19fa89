using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting.Servers;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>What a connection tells its user now and then: the path in use and what it receives. Made on the loop, read anywhere.</summary>
internal sealed class ConnectionReports(TransportLoop loop)
{
    /// <summary>How stale the round-trip time in <see cref="Path"/> may be.</summary>
    private static readonly TimeSpan _pathRefresh = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _progressInterval = TimeSpan.FromMilliseconds(250);

    private Timestamp _pathAge;
    private Timestamp _progressAge;
    private long _progressBytes;
    private volatile SelectedPathInfo? _path;

    /// <summary>Null until there is a path.</summary>
    public SelectedPathInfo? Path => _path;

    /// <summary>Does what is due.</summary>
    public void Refresh(PeerConnection peer, Action<ReceiveProgress>? receiving, Timestamp now)
    {
        if (receiving is not null && now - _progressAge >= _progressInterval)
        {
            TellProgress(peer, receiving, now);
        }

        if (now - _pathAge >= _pathRefresh)
        {
            RefreshPath(peer, now);
        }
    }

    public void RefreshPath(PeerConnection peer, Timestamp now)
    {
        _pathAge = now;
        if (peer.SelectedPath is not { } path)
        {
            return;
        }

        // A port bound to all addresses does not know which one the system chose: the first of the family is the likely one.
        var host = loop.HostCandidates.FirstOrDefault(candidate => candidate.BaseId == path.BaseId && candidate.Address.IsIPv6 == path.Remote.IsIPv6);
        var local = path.BaseId >= IceServerPool.FirstRelayBase ? "relay" : host?.Address.ToString() ?? "unknown";
        _path = new SelectedPathInfo(local, path.Remote.ToString(), path.IsRelayed, path.RoundTripTime ?? TimeSpan.Zero);
    }

    private void TellProgress(PeerConnection peer, Action<ReceiveProgress> receiving, Timestamp now)
    {
        _progressAge = now;
        if (peer.Channels?.Association.Statistics is { } statistics && statistics.DataBytesReceived != _progressBytes)
        {
            _progressBytes = statistics.DataBytesReceived;
            receiving(new ReceiveProgress(
                now - default(Timestamp),
                statistics.DataBytesReceived,
                statistics.DataChunksReceived,
                statistics.HolesReceived,
                statistics.MinimumRoundTripTime,
                statistics.IsReceivePathQueued));
        }
    }
}
