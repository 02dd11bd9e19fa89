namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>How a test reaches the target.</summary>
public enum Route
{
    /// <summary>The browser opens the target itself: proves that the test is right, and says what PeerProxy must equal.</summary>
    Direct,

    /// <summary>The browser opens the agent's link.</summary>
    Proxied,
}
