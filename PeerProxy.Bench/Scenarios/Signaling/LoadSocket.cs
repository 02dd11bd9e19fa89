using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;

namespace PeerProxy.Bench.Scenarios.Signaling;

/// <summary>One client of a signaling server: an agent that answers every offer, or a visitor that makes them.</summary>
internal sealed class LoadSocket(SignalingServer server, string id, string? peer) : IAsyncDisposable
{
    private const int LargestMessage = 8 * 1024;

    /// <summary>A server that has not greeted by then never will.</summary>
    private static readonly TimeSpan _readyLimit = TimeSpan.FromSeconds(30);

    /// <summary>Each address has 28,000 ports of its own toward one server.</summary>
    private static readonly HttpMessageInvoker[] _sources = [.. Enumerable.Range(1, 8).Select(SourceOf)];

    private readonly ClientWebSocket _socket = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<TimeSpan>? _answered;
    private long _offeredAt;
    private Task _reading = Task.CompletedTask;

    public string Id => id;

    /// <summary>The agent that a visitor calls; null for an agent.</summary>
    public string? Peer => peer;

    public async Task ConnectAsync(int number, CancellationToken cancellationToken)
    {
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await _socket.ConnectAsync(server.UrlOf(this), _sources[number % _sources.Length], cancellationToken);
        _reading = ReadAsync(cancellationToken);
        await _ready.Task.WaitAsync(_readyLimit, cancellationToken);
    }

    /// <summary>Makes an offer and gives the time until its answer; null while the last one is not answered.</summary>
    public Task<TimeSpan>? Offer(CancellationToken cancellationToken)
    {
        if (_answered is { Task.IsCompleted: false })
        {
            return null;
        }

        var answered = _answered = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = server.Offer(this);
        _offeredAt = Stopwatch.GetTimestamp();
        _ = SendAsync(message, cancellationToken);
        return answered.Task;
    }

    /// <summary>What the client says by itself so that it is not taken for dead.</summary>
    public Task HeartbeatAsync(CancellationToken cancellationToken) =>
        server.Heartbeat is { } heartbeat && _socket.State == WebSocketState.Open ? SendAsync(heartbeat, cancellationToken) : Task.CompletedTask;

    public void MarkReady() => _ready.TrySetResult();

    public void MarkAnswered() => _answered?.TrySetResult(Stopwatch.GetElapsedTime(_offeredAt));

    public void MarkFailed(string reason)
    {
        var error = new InvalidOperationException($"{id}: {reason}");
        _ready.TrySetException(error);
        _answered?.TrySetException(error);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private async Task SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            MarkFailed(e.Message);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // Without a buffer while nothing comes: 20,000 of these wait in one process.
                var part = await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
                var buffer = ArrayPool<byte>.Shared.Rent(LargestMessage);
                var length = 0;
                while (!part.EndOfMessage && part.MessageType != WebSocketMessageType.Close)
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                    length += part.Count;
                }

                if (part.MessageType == WebSocketMessageType.Close)
                {
                    throw new WebSocketException($"closed: {_socket.CloseStatusDescription}");
                }

                using (var message = JsonDocument.Parse(buffer.AsMemory(0, length)))
                {
                    if (server.Handle(this, message.RootElement) is { } reply)
                    {
                        await SendAsync(reply, cancellationToken);
                    }
                }

                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or JsonException or KeyNotFoundException)
        {
            MarkFailed(e.Message);
            // Nobody may be waiting for it any more.
            _ = _ready.Task.Exception;
            _ = _answered?.Task.Exception;
        }
    }

    private static HttpMessageInvoker SourceOf(int number) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)number]), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
