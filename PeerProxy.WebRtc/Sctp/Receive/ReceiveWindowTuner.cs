namespace PeerProxy.WebRtc.Sctp.Receive;

/// <summary>Chooses the receive window so that the peer's window-limited sender fills the path without flooding its queue.</summary>
internal sealed class ReceiveWindowTuner(int maximumBytes, bool enabled)
{
    private readonly bool _enabled = enabled;

    /// <summary>The window to advertise before subtracting what is held.</summary>
    public long WindowBytes { get; private set; } = maximumBytes;

    /// <summary>Receive rate in bytes per second once it stopped growing; 0 before.</summary>
    public double StableRate { get; private set; }

    public void OnData(int bytes, bool opensHole, Timestamp now)
    {
        if (!_enabled)
        {
            StableRate = 0;
        }
    }
}
