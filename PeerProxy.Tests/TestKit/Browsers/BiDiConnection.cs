using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>The few words of WebDriver BiDi that the tests speak: commands with answers, and events.</summary>
internal sealed class BiDiConnection : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _pending = new();
    private readonly CancellationTokenSource _closing = new();
    private Task _receiving = Task.CompletedTask;
    private long _lastId;

    /// <summary>Method and parameters of each event.</summary>
    public event Action<string, JsonElement>? EventReceived;

    public async Task ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        await _socket.ConnectAsync(address, cancellationToken);
        _receiving = Task.Run(ReceiveAsync, CancellationToken.None);
    }

    /// <exception cref="BrowserScriptException">The browser answered with an error.</exception>
    public async Task<JsonElement> SendAsync(string method, JsonObject parameters)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = answer;
        var text = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters });
        await _sending.WaitAsync(_closing.Token);
        try
        {
            await _socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, _closing.Token);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _receiving;
        _socket.Dispose();
        _sending.Dispose();
        _closing.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, _closing.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Dispatch(message.GetBuffer().AsMemory(0, (int)message.Length));
                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The browser went away or the test is over; whoever still waits is told below.
        }

        foreach (var (_, answer) in _pending)
        {
            answer.TrySetException(new BrowserScriptException("The browser closed the connection."));
        }
    }

    private void Dispatch(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        var type = root.GetProperty("type").GetString();
        if (type == "event")
        {
            EventReceived?.Invoke(root.GetProperty("method").GetString()!, root.GetProperty("params").Clone());
            return;
        }

        if (!root.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number || !_pending.TryRemove(id.GetInt64(), out var answer))
        {
            return;
        }

        if (type == "success")
        {
            answer.TrySetResult(root.GetProperty("result").Clone());
        }
        else
        {
            answer.TrySetException(new BrowserScriptException(root.GetProperty("message").GetString() ?? "unknown error"));
        }
    }
}
