using StackExchange.Redis;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>Looks at a registration's lease in Redis itself.</summary>
internal static class LeaseWatch
{
    // Nodes extend a lease three times in its span: with the fourth extension the time of the first one is over.
    private const int ExtensionsOfALease = 4;

    /// <summary>Waits until the lease would have ended without its extensions; fails if it ends.</summary>
    public static async Task OutliveAsync(string redis, string peer)
    {
        await using var store = await ConnectionMultiplexer.ConnectAsync(redis);
        var left = TimeSpan.MaxValue;
        var extensions = 0;
        await RedisNodesTests.WaitForAsync(async () =>
        {
            var now = await store.GetDatabase().KeyTimeToLiveAsync("pp:live:" + peer);
            Assert.True(now is not null, $"The lease of {peer} ended after {extensions} extensions.");
            if (now > left)
            {
                extensions++;
            }
            left = now!.Value;
            return extensions == ExtensionsOfALease;
        });
    }
}
