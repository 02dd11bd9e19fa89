using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using PeerProxy.Bench.Stack;

namespace PeerProxy.Bench.Scenarios.Signaling;

/// <summary>A signaling server in a process of its own, and how its clients speak with it.</summary>
internal abstract class SignalingServer : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    protected SignalingServer(int port, string program, IEnumerable<string> arguments)
    {
        Port = port;
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Meter = new ProcessMeter(_process.Id);
    }

    public int Port { get; }

    public ProcessMeter Meter { get; }

    /// <summary>What quiet clients send every half minute; null where the server asks for it.</summary>
    public virtual byte[]? Heartbeat => null;

    /// <summary>Where a client connects: an agent, or a visitor of one.</summary>
    public abstract Uri UrlOf(LoadSocket client);

    /// <summary>What a client does with a message: sends an answer, and knows that it is registered or was answered.</summary>
    public abstract byte[]? Handle(LoadSocket client, JsonElement message);

    /// <summary>An offer with the size of a browser's.</summary>
    public abstract byte[] Offer(LoadSocket visitor);

    public async Task WaitUntilListeningAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_startLimit);
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
