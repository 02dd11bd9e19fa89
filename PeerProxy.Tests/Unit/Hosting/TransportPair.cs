using System.Net;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Unit.Hosting;

/// <summary>Two transports on real loopback sockets.</summary>
internal sealed class TransportPair : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public WebRtcTransport Alice { get; } = Create();

    public WebRtcTransport Bob { get; } = Create();

    public static WebRtcTransport Create() => new(new WebRtcTransportOptions
    {
        BindAddresses = [IPAddress.Loopback],
        // Test servers sign their certificates themselves.
        TurnCertificateValidation = (_, _, _, _) => true,
    });

    /// <summary>Alice offers, Bob answers.</summary>
    public async Task<(IPeerConnection Alice, IPeerConnection Bob)> SignalAsync(
        Func<string, string>? changeAnswer = null, PeerConnectionOptions? options = null)
    {
        var alice = Alice.CreateConnection(options ?? new PeerConnectionOptions());
        var bob = Bob.CreateConnection(options ?? new PeerConnectionOptions());
        alice.LocalCandidateFound += bob.AddRemoteCandidate;
        bob.LocalCandidateFound += alice.AddRemoteCandidate;
        var answer = await bob.AcceptOfferAsync(await alice.CreateOfferAsync());
        await alice.AcceptAnswerAsync(changeAnswer is null ? answer : changeAnswer(answer));
        return (alice, bob);
    }

    public async Task<(IPeerConnection Alice, IPeerConnection Bob)> ConnectAsync(PeerConnectionOptions? options = null)
    {
        var (alice, bob) = await SignalAsync(options: options);
        await Task.WhenAll(alice.Connected, bob.Connected).WaitAsync(Limit);
        return (alice, bob);
    }

    /// <summary>A pre-negotiated channel on both ends.</summary>
    public static async Task<(IDataChannel Alice, IDataChannel Bob)> OpenAsync(IPeerConnection alice, IPeerConnection bob, ushort id, bool ordered = true)
    {
        var options = new DataChannelOptions { Label = $"c{id}", NegotiatedId = id, Ordered = ordered };
        var pair = (alice.OpenChannel(options), bob.OpenChannel(options));
        await Task.WhenAll(pair.Item1.Opened, pair.Item2.Opened).WaitAsync(Limit);
        return pair;
    }

    public async ValueTask DisposeAsync()
    {
        await Alice.DisposeAsync();
        await Bob.DisposeAsync();
    }
}
