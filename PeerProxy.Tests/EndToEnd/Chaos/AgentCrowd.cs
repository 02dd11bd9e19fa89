using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using PeerProxy.Agent.Signaling;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Tests.Functional.Signaling;

namespace PeerProxy.Tests.EndToEnd.Chaos;

/// <summary>Agents that register through the edge and answer every offer, and the visitors that make offers to them.</summary>
internal sealed class AgentCrowd : IAsyncDisposable
{
    /// <summary>An offer that found nobody is made again after this.</summary>
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<(AgentKey Key, Task Run)> _agents = [];
    private readonly ConcurrentDictionary<string, int> _deliveries = new();

    private AgentCrowd(Uri edge, int count)
    {
        Names = [.. Enumerable.Range(0, count).Select(number => $"crowd-{number}")];
        foreach (var name in Names)
        {
            var key = AgentKey.Create();
            var client = new SignalingClient(new SignalingClientOptions { Server = edge, Name = name }, key);
            _agents.Add((key, Task.WhenAll(client.RunAsync(_stop.Token), AnswerAsync(client))));
        }
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Offers that arrived at more than one place.</summary>
    public IEnumerable<string> DeliveredTwice => _deliveries.Where(pair => pair.Value > 1).Select(pair => pair.Key);

    /// <summary>Starts the agents and waits until all can be reached.</summary>
    public static async Task<AgentCrowd> StartAsync(Uri edge, int count)
    {
        var crowd = new AgentCrowd(edge, count);
        await crowd.UntilReachableAsync(edge);
        return crowd;
    }

    /// <summary>Makes offers to all agents at once until each has answered; gives the time that took.</summary>
    /// <param name="server">The edge, or one node.</param>
    public async Task<TimeSpan> UntilReachableAsync(Uri server)
    {
        var clock = Stopwatch.StartNew();
        using var limit = new CancellationTokenSource(TestSocket.Patience);
        await Task.WhenAll(Names.Select(async name =>
        {
            while (!await TryVisitAsync(server, name, limit.Token))
            {
                await Task.Delay(_retry, limit.Token);
            }
        }));
        return clock.Elapsed;
    }

    /// <summary>Visitors that come all the time, whatever happens to them.</summary>
    public async Task VisitAsync(Func<Uri> server, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await TryVisitAsync(server(), Names[Random.Shared.Next(Names.Count)], cancellationToken);
                await Task.Delay(_retry, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // The test is over, or this visitor waited in vain: what counts is who is reachable when it matters.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var (key, run) in _agents)
        {
            await run;
            key.Dispose();
        }
    }

    /// <summary>One visitor: an offer of its own, and the agent's answer to it.</summary>
    private static async Task<bool> TryVisitAsync(Uri server, string name, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(2));
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(TestSocket.UrlOf(server, name), patience.Token);
            var sdp = $"offer {Guid.NewGuid():N}";
            await socket.SendAsync(SignalingCodec.Write(new SignalingEnvelope(TestSocket.SampleOffer(sdp), name)), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            var buffer = new byte[SignalingLimits.MaxMessageBytes];
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
                if (part.MessageType == WebSocketMessageType.Close || !SignalingCodec.TryRead(buffer.AsSpan(0, part.Count), out var envelope, out _))
                {
                    return false;
                }

                switch (envelope!.Payload)
                {
                    case AnswerPayload answer:
                        return answer.Sdp == sdp;
                    case ErrorPayload:
                        return false;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task AnswerAsync(SignalingClient client)
    {
        await foreach (var next in client.Events.ReadAllAsync())
        {
            if (next is OfferReceived offer)
            {
                _deliveries.AddOrUpdate(offer.Offer.Sdp, 1, (_, count) => count + 1);
                await client.SendAsync(offer.Visitor, new AnswerPayload(offer.Offer.Sdp, "key", "signature"), CancellationToken.None);
            }
        }
    }
}
