namespace PeerProxy.Tests.TestKit.Suite;

public sealed partial class RedisProcess
{
    /// <summary>Starts one, or skips the test where it is not installed.</summary>
    public static async Task<RedisProcess> StartAsync()
    {
        var redis = await TryStartAsync();
        Assert.SkipWhen(redis is null, "redis-server is not on PATH.");
        return redis!;
    }
}
