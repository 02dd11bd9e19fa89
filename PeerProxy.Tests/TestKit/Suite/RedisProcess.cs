using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>A real <c>redis-server</c> of our own on a free loopback port, without a file: killed, it forgets everything.</summary>
public sealed partial class RedisProcess : IAsyncDisposable
{
    private const int FirstPort = 15_000;

    /// <summary>Linux gives these to whoever asks for any port.</summary>
    private const int FirstEphemeralPort = 32_768;

    private static readonly ConcurrentDictionary<int, byte> _givenPorts = new();
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(40);

    private Process? _process;

    private RedisProcess(int port) => Port = port;

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port},abortConnect=false";

    /// <summary>Starts one, or gives null where it is not installed.</summary>
    public static async Task<RedisProcess?> TryStartAsync()
    {
        if (!IsInstalled())
        {
            return null;
        }

        var redis = new RedisProcess(FreePort());
        await redis.BringUpAsync();
        return redis;
    }

    /// <summary>Starts it (again) on the same port and waits until it answers.</summary>
    public async Task BringUpAsync()
    {
        _process = Process.Start(new ProcessStartInfo("redis-server")
        {
            ArgumentList = { "--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning" },
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        using var deadline = new CancellationTokenSource(_startLimit);
        while (!await AnswersAsync(deadline.Token))
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>What <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    /// <summary>A port of the loopback addresses that nobody uses now, that no other caller gets, and that no outgoing connection gets by chance.</summary>
    internal static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(FirstPort, FirstEphemeralPort);
            if (_givenPorts.TryAdd(port, 0) && IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port)))
            {
                return port;
            }
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            await client.GetStream().WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            return await client.GetStream().ReadAsync(new byte[16], cancellationToken) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsInstalled() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "redis-server")));
}
