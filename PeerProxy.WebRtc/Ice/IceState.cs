namespace PeerProxy.WebRtc.Ice;

/// <summary>State of an <see cref="IceAgent"/>.</summary>
/// <remarks><code>
/// New -> Checking -> Connected &lt;-> Disconnected
///           |            |             |
///           +----------> Failed &lt;------+      Failed -> Checking only by Restart,
///                                             Failed -> Connected when the peer's checks arrive after all
/// </code></remarks>
public enum IceState
{
    /// <summary>Neither side's candidates have been paired.</summary>
    New,

    /// <summary>Looking for a path; none works yet.</summary>
    Checking,

    /// <summary>A path works.</summary>
    Connected,

    /// <summary>The path is silent. Consent has not run out yet, so it may come back by itself.</summary>
    Disconnected,

    /// <summary>No path was found in time, or consent ran out on the last one.</summary>
    Failed,
}
