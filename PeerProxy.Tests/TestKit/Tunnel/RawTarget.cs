using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PeerProxy.Tests.TestKit.Tunnel;

/// <summary>A TCP server whose every byte the test decides: for targets that misbehave.</summary>
internal sealed class RawTarget : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopped = new();
    private readonly Func<RawTargetConnection, Task> _serve;
    private readonly Task _loop;

    public RawTarget(Func<RawTargetConnection, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Stop();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopped.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception exception) when (_stopped.IsCancellationRequested && exception is (OperationCanceledException or SocketException or InvalidOperationException))
        {
            // Stopped; when that happens between two connections, the listener says it does not listen.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await _serve(new RawTargetConnection(client.Client, _stopped.Token));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // The other side went away, which is what some tests are about.
            }
        }
    }
}

/// <summary>One connection of a <see cref="RawTarget"/>.</summary>
internal sealed class RawTargetConnection(Socket socket, CancellationToken stopped)
{
    private readonly NetworkStream _stream = new(socket);

    public CancellationToken Stopped => stopped;

    /// <summary>Reads up to and including the empty line after the request's fields.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await _stream.ReadAsync(one, stopped) == 0)
            {
                break;
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    public async Task WriteAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), stopped);

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, stopped);

    public async Task<int> ReadAsync(Memory<byte> buffer) => await _stream.ReadAsync(buffer, stopped);

    /// <summary>Completes when the other side closes or resets its direction.</summary>
    public async Task ReadToEndAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer, stopped) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    /// <summary>Closes with a TCP reset instead of an orderly end.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}
