using System.Net;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Bench.Scenarios.Resources;

/// <summary>Two of our transports on loopback, and connections between them.</summary>
internal sealed class TransportPeers : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private readonly WebRtcTransport _alice = Create();
    private readonly WebRtcTransport _bob = Create();

    /// <summary>A connection with one open channel; both ends.</summary>
    public async Task<(IPeerConnection Alice, IPeerConnection Bob)> ConnectAsync(CancellationToken cancellationToken)
    {
        var alice = _alice.CreateConnection(new PeerConnectionOptions());
        var bob = _bob.CreateConnection(new PeerConnectionOptions());
        var channel = new DataChannelOptions { Label = "t", NegotiatedId = 0 };
        var ours = alice.OpenChannel(channel);
        var theirs = bob.OpenChannel(channel);
        var answer = await bob.AcceptOfferAsync(await alice.CreateOfferAsync(false, cancellationToken), cancellationToken);
        await alice.AcceptAnswerAsync(answer, cancellationToken);
        await Task.WhenAll(ours.Opened, theirs.Opened).WaitAsync(_limit, cancellationToken);
        return (alice, bob);
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _bob.DisposeAsync();
    }

    private static WebRtcTransport Create() => new(new WebRtcTransportOptions { BindAddresses = [IPAddress.Loopback] });
}
