using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace PeerProxy.SampleSite.Live;

/// <summary>Everybody in the room sees every message, and newcomers the latest ones. A guest who does not read fast enough misses some.</summary>
public sealed class ChatRoom
{
    /// <summary>Bytes of one message; a chat line is shorter, and a longer one ends the guest's visit.</summary>
    private const int MaxMessageBytes = 4096;

    private const int MaxRemembered = 20;
    private const int MaxWaiting = 64;

    private readonly ConcurrentDictionary<Guid, Channel<string>> _guests = new();
    private readonly ConcurrentQueue<string> _remembered = new();

    /// <summary>Serves one guest until the socket closes.</summary>
    public async Task JoinAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        var inbox = Channel.CreateBounded<string>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });
        foreach (var message in _remembered)
        {
            inbox.Writer.TryWrite(message);
        }

        _guests[id] = inbox;
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Announce();
            var sending = SendAsync(socket, inbox.Reader, leaving.Token);
            await ReceiveAsync(socket, leaving.Token);
            await leaving.CancelAsync();
            await sending;
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            // The guest closed the tab or the site stops; leaving below is all there is to do.
        }
        finally
        {
            await leaving.CancelAsync();
            _guests.TryRemove(id, out _);
            Announce();
        }
    }

    private async Task ReceiveAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxMessageBytes];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                length += part.Count;
                if (length == MaxMessageBytes && !part.EndOfMessage)
                {
                    await socket.CloseAsync(WebSocketCloseStatus.MessageTooBig, "a message has at most 4 KB", cancellationToken);
                    return;
                }
            }
            while (!part.EndOfMessage);

            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
                return;
            }

            var text = Encoding.UTF8.GetString(buffer, 0, length);
            _remembered.Enqueue(text);
            while (_remembered.Count > MaxRemembered)
            {
                _remembered.TryDequeue(out _);
            }

            Broadcast(text);
        }
    }

    private static async Task SendAsync(WebSocket socket, ChannelReader<string> inbox, CancellationToken cancellationToken)
    {
        await foreach (var text in inbox.ReadAllAsync(cancellationToken))
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, cancellationToken);
        }
    }

    private void Announce() => Broadcast($"{{\"present\":{_guests.Count}}}");

    private void Broadcast(string text)
    {
        foreach (var guest in _guests.Values)
        {
            guest.Writer.TryWrite(text);
        }
    }
}
