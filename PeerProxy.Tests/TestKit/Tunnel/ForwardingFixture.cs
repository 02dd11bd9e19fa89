using Microsoft.Extensions.Logging.Abstractions;
using PeerProxy.Agent.Cookies;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Tunnel;

namespace PeerProxy.Tests.TestKit.Tunnel;

/// <summary>A visitor in front of a real forwarder in front of a target: everything but WebRTC and signaling.</summary>
internal sealed class ForwardingFixture : IAsyncDisposable
{
    private readonly TargetForwarder _forwarder;

    public ForwardingFixture(string target, int? seed = 1, bool acceptAnyCertificate = false, TimeSpan? responseTimeout = null)
    {
        Assert.True(TargetAddress.TryParse(target, out var address, out var problem), problem);
        _forwarder = new TargetForwarder(
            new ForwardingOptions
            {
                Target = address,
                AcceptAnyCertificate = acceptAnyCertificate,
                ResponseTimeout = responseTimeout ?? TimeSpan.FromMinutes(2),
            },
            NullLogger<TargetForwarder>.Instance);
        Cookies = new CookieJar(TimeProvider.System);
        var visitor = new VisitorContext(Cookies, () => "192.0.2.7");
        Pair = new TunnelPair(stream => _ = _forwarder.ServeAsync(stream, visitor), seed);
    }

    public TunnelPair Pair { get; }

    public TunnelClient Client => Pair.Client;

    public CookieJar Cookies { get; }

    public async ValueTask DisposeAsync()
    {
        await Pair.DisposeAsync();
        _forwarder.Dispose();
    }
}
