namespace PeerProxy.Signaling.Connections;

/// <summary>Why the node cut a socket off.</summary>
internal enum CutOffReason
{
    /// <summary>The connection broke while something was sent.</summary>
    Lost,

    /// <summary>It reads more slowly than it is written to.</summary>
    SlowConsumer,

    /// <summary>It said nothing at all, or did not register.</summary>
    Silent,

    /// <summary>It does not answer pings.</summary>
    Dead,

    /// <summary>It was asked to close and did not.</summary>
    NotClosing,

    /// <summary>Too many of its messages were broken or refused.</summary>
    Violations,

    /// <summary>The node stops.</summary>
    Stopping,
}
