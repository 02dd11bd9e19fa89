using System.Net;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Bench.Scenarios.Resources;

/// <summary>An agent's transport on loopback with the connections of many visitors.</summary>
/// <remarks>Each visitor has a socket of its own, as each connection of a browser has: between two sockets only one DTLS session can be told from others.</remarks>
internal sealed class TransportPeers(int visitors) : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private readonly WebRtcTransport _agent = Create();
    private readonly WebRtcTransport[] _visitors = [.. Enumerable.Range(0, visitors).Select(_ => Create())];

    /// <summary>A connection with one open channel; both ends.</summary>
    /// <param name="visitor">Which one connects: it must not be connected already.</param>
    public async Task<(IPeerConnection Agent, IPeerConnection Visitor)> ConnectAsync(int visitor, CancellationToken cancellationToken)
    {
        var theirEnd = _visitors[visitor].CreateConnection(new PeerConnectionOptions());
        var ourEnd = _agent.CreateConnection(new PeerConnectionOptions());
        var channel = new DataChannelOptions { Label = "t", NegotiatedId = 0 };
        var theirs = theirEnd.OpenChannel(channel);
        var ours = ourEnd.OpenChannel(channel);
        var answer = await ourEnd.AcceptOfferAsync(await theirEnd.CreateOfferAsync(false, cancellationToken), cancellationToken);
        await theirEnd.AcceptAnswerAsync(answer, cancellationToken);
        await Task.WhenAll(ours.Opened, theirs.Opened).WaitAsync(_limit, cancellationToken);
        return (ourEnd, theirEnd);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var visitor in _visitors)
        {
            await visitor.DisposeAsync();
        }

        await _agent.DisposeAsync();
    }

    private static WebRtcTransport Create() => new(new WebRtcTransportOptions { BindAddresses = [IPAddress.Loopback] });
}
