using Microsoft.Extensions.Logging.Abstractions;
using PeerProxy.Agent.Cookies;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Unit.Agent;

public sealed class CookieJarStoreTests : IDisposable
{
    private static readonly CookieRequest Request = new("app.test", "/");

    private readonly string _folder = Directory.CreateTempSubdirectory("peerproxy-cookies-").FullName;
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Jar_IsSharedByASession_AndKeptOnDisk()
    {
        using (var store = Open())
        {
            using var first = store.Acquire("alice");
            using var second = store.Acquire("alice");
            using var other = store.Acquire("bob");
            Assert.Same(first.Jar, second.Jar);
            first.Jar.SetFromTarget("a=1; Max-Age=1000", Request);
            first.Jar.SetFromTarget("s=2; HttpOnly; SameSite=Strict", Request);
            Assert.Null(other.Jar.GetHeader(Request));
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Single(Directory.GetFiles(Path.Combine(_folder, "cookies")));
        }

        using var later = Open();
        using var again = later.Acquire("alice");
        Assert.Equal("a=1; s=2", again.Jar.GetHeader(Request));
        Assert.Equal(SameSite.Strict, again.Jar.Snapshot().Single(cookie => cookie.Name == "s").SameSite);
    }

    [Fact]
    public void SessionCookies_UnusedForLong_AreForgotten()
    {
        using (var store = Open())
        using (var lease = store.Acquire("alice"))
        {
            lease.Jar.SetFromTarget("a=1; Max-Age=10000000", Request);
            lease.Jar.SetFromTarget("s=2", Request);
        }

        _clock.Advance(TimeSpan.FromDays(20));
        using var later = Open();
        using var again = later.Acquire("alice");
        Assert.Equal("a=1", again.Jar.GetHeader(Request));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[null, 5]")]
    [InlineData("[{\"Name\":\"a\"}]")]
    public void File_Damaged_StartsEmpty(string content)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "cookies"));
        File.WriteAllText(Path.Combine(_folder, "cookies", "alice.json"), content);
        using var store = Open();
        using var lease = store.Acquire("alice");
        Assert.Equal(0, lease.Jar.Count);
    }

    private CookieJarStore Open() => new(_folder, _clock, NullLogger<CookieJarStore>.Instance);
}
