using System.Net.WebSockets;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.Tests.Functional.Signaling;

namespace PeerProxy.Tests.EndToEnd.Chaos;

/// <summary>Asks every node for the names of others, with a key of its own and an epoch above theirs, again and again.</summary>
internal sealed class NameThief(NodeCluster cluster, IReadOnlyList<string> names)
{
    /// <summary>Names that were given to it.</summary>
    public List<string> Stolen { get; } = [];

    /// <summary>Refusals it met.</summary>
    public int Refusals { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var key = AgentKey.Create();
        for (var attempt = 0; !cancellationToken.IsCancellationRequested; attempt++)
        {
            try
            {
                await using var socket = await TestSocket.OpenAsync(cluster.NodeUrl(attempt % NodeCluster.Nodes));
                var name = names[Random.Shared.Next(names.Count)];
                await socket.RequestIdAsync(key, name, epoch: DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds());
                while (await socket.ReadAsync() is { } envelope && envelope.Payload is not ErrorPayload)
                {
                    if (envelope.Payload is IdAssignedPayload)
                    {
                        Stolen.Add(name);
                        break;
                    }
                }

                Refusals++;
                await Task.Delay(5, cancellationToken);
            }
            catch (Exception e) when (e is WebSocketException or InvalidOperationException or OperationCanceledException)
            {
                // That node is dead at the moment.
                await Task.Yield();
            }
        }
    }
}
