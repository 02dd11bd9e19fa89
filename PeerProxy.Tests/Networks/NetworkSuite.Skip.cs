using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Tests.Networks;

/// <content>What only tests do with it.</content>
public sealed partial class NetworkSuite
{
    /// <summary>As <see cref="StartAsync"/>; skips the test with the reason where that cannot be.</summary>
    public static Task<NetworkSuite> StartOrSkipAsync(string statements, Func<NetworkLab, Task>? prepareAsync = null)
    {
        var reason = MissingReason();
        Assert.SkipUnless(reason is null, reason ?? "");
        return StartAsync(statements, prepareAsync);
    }
}
